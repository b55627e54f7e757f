#include "bounces/gate.h"

#include "bounces/words.h"

static const char successes[] =
    "successful mail delivery|delivered:|relayed:|expanded:|return receipt|delivery confirmation";

static const char daemons[] =
    "mailer-daemon|mailer daemon|mailerdaemon|mailer_daemon|mail-daemon|maildaemon|postmaster|post_master|poostmaster|"
    "mail delivery|mail.delivery|mail-delivery|maildelivery|mail deliver system|mail system|mailsystem|"
    "delivery subsystem|delivery system|system administrator|mdaemon|smtp_mail_service|microsoftexchange|"
    "mail administrator|bounce daemon|delivery-status|mail gateway|mailgateway|smtp gateway|smtp_gateway|"
    "smtp-gateway|bounce-notification|interscan|virusalert|mail router|antivirus_for_smtp";

static const char subjects[] =
    "undeliver|delivery fail|delivery status|mail delivery|returned mail|return mail|failure notice|delivery problem|"
    "delivery error|delivery notification|delivery has failed|delivery report|non-delivery|nondelivery|non delivery|"
    "mail failure|mail error|failed mail|returning message|returned to sender|message status - undeliverable|"
    "mail system error|delivery warning|delivery delayed|mail delayed|delayed mail|message delayed|not delivered|"
    "bounce notification|mail returned|error sending your mail|rejected mail|message rejected|processing error|"
    "message you sent|warning: could not send|warning: message|could not be sent|couldn't be delivered|"
    "could not be delivered|cannot be delivered|user "
    "unknown|message undeliver|"
    "permanent delivery|notification message|are not member|not a member|automatically rejected|was not sent|failed "
    "delivery|"
    "failed to deliver|unable to deliver|error delivering|message delivery|message blocked|unknown recipient|"
    "invalid recipient|address not found|not listed in|aws notification|"
    "unzustellbar|nicht zugestellt|nicht zustellbar|zustellung|unzustellbarkeit|fehler beim versand|"
    "non remis|échec de|echec de|non distribué|message refusé|n'a pas pu être|"
    "no entregado|no se ha entregado|no se pudo entregar|error de entrega|devuelto|imposible entregar|"
    "mancata consegna|mancato recapito|non recapitabile|impossibile recapitare|errore di consegna|"
    "niet bezorgd|onbestelbaar|niet afgeleverd|não entregue|não entregável|falha na entrega|falha de entrega|"
    "kan ej levereras|kunne ikke leveres|går inte att leverera|oleveret|toimittaminen epäonnistui|"
    "nie można dostarczyć|niedostarczon|nedoručitel|kézbesíthetetlen|teslim edilemedi|iletilemedi|"
    "не доставлено|недоставлен|не может быть доставлено|"
    "ошибка доставки|не доставлено|"
    "配信エラー|配信不能|配信できません|送信エラー|送信できません|届きません|"
    "未達|エラーメール|メール配信|"
    "メールを配送できません|配送できません|退信|投递失败|无法投递|系统退信|"
    "退回|無法投遞|寄送失敗|전송 "
    "실패|배달되지|반송|"
    "no se ha podido entregar|no ha podido ser entregado|no ha sido entregado|mensaje no enviado|mensaje rechazado|"
    "avis de non-remise|remise impossible|non délivré|impossible de remettre|votre message n'a pas|"
    "nicht ausgeliefert|konnte nicht zugestellt|zurückgewiesen|non consegnato|errore di recapito|messaggio non inviato|"
    "não foi entregue|não foi possível entregar|mensagem devolvida|não entregue|aflevering mislukt|kon niet worden|"
    "kunde inte levereras|kunne ikke sendes|blev ikke leveret|ei voitu toimittaa|toimitusvirhe|"
    "błąd dostarczania|nie została dostarczona|nie dostarczono|nelze doručit|nebylo doručeno|nem kézbesíthető|"
    "sikertelen kézbesítés|nu a putut fi livrat|nelivrat|не удалось доставить|не было доставлено|возврат|недоставк|"
    "не вдалося доставити|не доставлен|αποτυχία παράδοσης|δεν παραδόθηκε|không gửi được|không thể gửi|gagal dikirim|"
    "tidak terkirim|配信に失敗|送信に失敗|不達|送達できません|未送达|无法送达|发送失败|傳送失敗|無法傳送|"
    "발송 실패|배달할 수 없|لم يتم تسليم|تعذر تسليم|לא נמסר|ไม่สามารถส่ง";

bool gate_from_daemon(const struct notice *n)
{
    if (n->from.n == 0) /* no sender at all: a fragment, unless the subject knows better */
        return words_begin(n->lower_subject, subjects);
    return words_in(n->lower_from, daemons) || str_eq(n->from, STR("<>"));
}

/* A list manager puts the list's headers on what comes to its own bounce address. */
static bool to_list_owner(const struct notice *n)
{
    return words_in(arena_lower(n->arena, n->to),
                    "-bounces@|-bounces+|-admin@|-owner@|owner-|-errors@|bounce@|bounces@");
}

bool gate_passed_on(const struct notice *n)
{
    static const char prefixes[] =
        "re:|fwd:|fw:|aw:|wg:|tr:|rv:|sv:|vs:|antw:|r:|i:|res:|enc:|odp:|回复|转发|答复|返信|転送";
    const bool daemon = gate_from_daemon(n);

    if (str_starts_nocase(mime_root_type(n->mime), STR("multipart/digest")))
        return true;
    if (n->list_id.n && !daemon && !to_list_owner(n))
        return true;
    if (words_begin(arena_lower(n->arena, n->precedence), "list") && !daemon)
        return true;
    const str subject = words_untagged(n->lower_subject);
    if (!words_begin(subject, prefixes))
        return false;
    const size_t colon = str_find_char(subject, ':'); /* a postmaster, too, answers a report */
    return !daemon || words_begin(str_skip_blanks(str_from(subject, colon + 1)), subjects);
}

/* What a mail system tells its operators and users every day. */
static bool summarises(const struct notice *n)
{
    return words_in(n->lower_subject,
                    "summar|digest|statistic|logwatch|quarantine|queue report|zusammenfassung|résumé") &&
           !words_in(n->lower_subject, subjects);
}

bool gate_speaks_of_ours(const struct notice *n)
{
    static const char yours[] =
        "your message|your mail|your e-mail|your email|message you sent|mail you sent|message that you|"
        "message from you|"
        "ihre nachricht|ihre e-mail|ihre mail|votre message|su mensaje|tu mensaje|il messaggio|il tuo messaggio|"
        "sua mensagem|a mensagem|uw bericht|ditt meddelande|din besked|twoja wiadomość|"
        "ваше сообщение|ваше письмо|ваш лист|メール|メッセージ|邮件|郵件|메일|thư của bạn|gönderdiğiniz";

    return n->origin.n > 0 || n->failed_recipients.n > 0 || notice_says(n, yours);
}

/* The null sender, words of failure, and our mail attached or spoken of: whatever the subject. */
static bool returns_message(const struct notice *n)
{
    static const char failures[] =
        "not be delivered|undeliver|not delivered|delivery failed|failed to deliver|rejected|"
        "unable to deliver|could not deliver|送信できません|配信できません|"
        "нельзя доставить";

    return str_eq(str_trim(n->return_path), STR("<>")) && gate_speaks_of_ours(n) && notice_says(n, failures);
}

/* What only machines do. */
static bool by_machine(const struct notice *n)
{
    return str_eq(str_trim(n->return_path), STR("<>")) || n->failed_recipients.n > 0 || n->origin.n > 0 ||
           (n->auto_submitted.n > 0 && !str_eq_nocase(n->auto_submitted, STR("no")));
}

/* People write about bounces too: a subject counts when it begins like one, or when a machine wrote the mail. */
static bool subject_reports(const struct notice *n)
{
    static const char machines[] = "are not member|not a member of|aws notification|amazon ses email event";
    const str subject = words_untagged(n->lower_subject);

    return words_begin(subject, subjects) || words_in(subject, machines) ||
           (by_machine(n) && words_in(subject, subjects));
}

bool gate_certain(const struct notice *n)
{
    return by_machine(n) || words_in(n->lower_subject, subjects);
}

bool gate_subject_fails(const struct notice *n)
{
    return words_in(n->lower_subject, subjects) && !words_begin(words_untagged(n->lower_subject), successes);
}

bool gate_titled_report(const struct notice *n)
{
    return n->failed_recipients.n > 0 || (words_begin(n->lower_subject, subjects) && gate_subject_fails(n));
}

bool gate_says_failed(const struct notice *n)
{
    return gate_from_daemon(n) && gate_subject_fails(n);
}

bool gate_reports(const struct notice *n)
{
    return !gate_passed_on(n) && !summarises(n) && (gate_from_daemon(n) || subject_reports(n) || returns_message(n));
}
