#include "bounces/autoreply.h"

#include "bounces/addresses.h"
#include "bounces/fields.h"
#include "bounces/gate.h"
#include "bounces/words.h"
#include "model/address.h"

static const char vacation_subjects[] =
    "out of office|out of the office|out-of-office|auto reply|autoreply|auto-reply|automatic reply|automated reply|"
    "auto response|autoresponse|auto-response|automatic response|automated response|auto: |away from |on vacation|"
    "vacation reply|vacation response|on holiday|on leave|i am away|i'm away|no longer with|no longer at|has left|"
    "abwesenheit|abwesend|nicht im büro|automatische antwort|autom. antwort|im urlaub|"
    "réponse automatique|reponse automatique|absence du bureau|absent du bureau|en congé|message d'absence|"
    "respuesta automática|respuesta automatica|fuera de la oficina|fuera de oficina|ausente de la oficina|"
    "risposta automatica|fuori ufficio|fuori sede|assente|resposta automática|resposta automatica|fora do escritório|"
    "ausência temporária|automatisch antwoord|automatische beantwoording|afwezig|niet aanwezig|"
    "autosvar|automatiskt svar|automatisk svar|frånvaro|fravær|ikke til stede|poissa|automaattinen vastaus|"
    "automatyczna odpowied|nieobecno|poza biurem|automatická odpov|mimo kancelář|nepřítomn|"
    "automatikus válasz|házon kívül|räspuns automat|răspuns automat|automatski odgovor|samodejni odgovor|"
    "автоответ|автоматический ответ|нет на месте|отсутств|"
    "не в офисе|автоматична відповідь|автоматичен отговор|"
    "αυτόματη απάντηση|εκτός γραφείου|otomatik yanıt|otomatik cevap|ofis dışında|"
    "自動返信|自動応答|不在|自动回复|自動回覆|自动答复|外出|休假|부재중|"
    "자동 회신|자동응답|الرد التلقائي|رد تلقائي|"
    "תשובה אוטומטית|מחוץ למשרד|trả lời tự động|balasan otomatis|di luar kantor|"
    "ตอบกลับอัตโนมัติ";

static const char ticket_subjects[] =
    "we have received your|we've received your|request received|has been received|was received|thank you for "
    "contacting|thanks for contacting|your request has been|"
    "ticket received|case received|support request received|[ticket#|[ticket #|[case #|acknowledg|"
    "your abuse report|bestätigung ihrer|ihre anfrage|votre demande|su solicitud|confirmation of receipt|"
    "eingangsbestätigung|accusé de réception|acuse de recibo";

static const char vacation_words[] =
    "i am out of the office|i'm out of the office|i am currently out|i'm currently out|out of office|out of the office|"
    "i will be out|i am on vacation|i'm on vacation|i am on leave|on annual leave|on holiday until|i am away|"
    "i'm away|limited access to email|no longer works|no longer work|no longer with the company|has left the company|"
    "left the company|no longer employed|is no longer with|nicht im büro|nicht im hause|im urlaub|abwesend|"
    "nicht mehr im unternehmen|nicht mehr bei uns|absent du bureau|je suis absent|je suis en congé|en vacances|"
    "ne fait plus partie|estoy fuera|estaré fuera|de vacaciones|ya no trabaja|fuori ufficio|sono assente|in ferie|"
    "non lavora più|estou de férias|estarei ausente|fora do escritório|não trabalha mais|afwezig|met vakantie|"
    "niet meer werkzaam|semester|på ferie|lomalla|nieobecn|na urlopie|jsem mimo|dovolen|szabadság|в отпуске|"
    "отсутств|больше не работает|不在にして|休暇|お休みをいただ|退職|"
    "自動返信|自动回复|正在休假|外出|부재|휴가|퇴사|"
    "automatically generated reply|automated response|automatic reply|autoresponder|auto-reply";

static const char challenge_senders[] = "boxbe|spamarrest|bluebottle|mailblocks|spamlion|choicemail|digiportal|uol.com."
                                        "br antispam|knowspam|earthlink spamblocker|vanquish|sendio|challengeresponse";
static const char challenge_words[] =
    "please confirm your message|confirm that you are|confirm your email was|has been held|is being held until|"
    "click the link to have it delivered|click on the following link|add you to their|address added to the recipient|"
    "protected by bluebottle|verify that you are|verify yourself|prove that you|approved senders|guest list|"
    "to have your message delivered|your message is awaiting|anti-spam verification|requires verification|"
    "reply to this message to confirm|release your message|captcha|antispam uol|confirmar su mensaje|"
    "bestätigen sie ihre nachricht|confirmez votre message";
static const char challenge_subjects[] =
    "please confirm your message|confirmation required|verification required|challenge|verify your email to|"
    "confirm your message|confirm delivery|action required to deliver|antispam|anti-spam confirm|sender verification|"
    "your email requires verification|message held|needs your confirmation";

static struct returned_item *answer(struct notice *n, const char *category, const char *decoded_by)
{
    struct returned_item *item = notice_add(n, RETURNED_AUTOREPLY);

    item->category = str_of(category);
    item->recipient = addresses_clean(n->from, n->arena);
    item->diagnostic = n->subject;
    n->decoded_by = decoded_by;
    return item;
}

bool autoreply_challenge_sender(const struct notice *n)
{
    return words_in(arena_lower(n->arena, str_to(n->from, 1024)), challenge_senders);
}

static bool is_challenge(const struct notice *n)
{
    if (words_in(n->lower_from, challenge_senders))
        return notice_says(n, challenge_words);
    return words_in(n->lower_subject, challenge_subjects) && notice_says(n, challenge_words);
}

bool autoreply_challenge(struct notice *n)
{
    if (!is_challenge(n))
        return false;
    answer(n, "challenge_response", "challenge");
    return true;
}

/* RFC 3834 5, and what was used before it. */
static bool machine_header(const struct notice *n)
{
    const str auto_submitted = arena_lower(n->arena, n->auto_submitted);
    const str precedence = arena_lower(n->arena, n->precedence);

    return words_begin(auto_submitted, "auto-replied") || n->autoreply.n || n->autorespond.n || n->vacation.n ||
           n->inbox_rules.n || words_begin(precedence, "auto_reply|auto-reply|autoreply");
}

static bool weak_header(const struct notice *n)
{
    const str precedence = arena_lower(n->arena, n->precedence);

    return n->auto_submitted.n || n->suppress.n || words_begin(precedence, "bulk|junk") ||
           (n->return_path.n && str_eq(str_trim(n->return_path), STR("<>")));
}

static bool is_answer(const struct notice *n)
{
    const bool subject = words_in(n->lower_subject, vacation_subjects);
    const str head = str_to(n->lower, 2048);

    if (gate_from_daemon(n))
        return subject && words_in(head, vacation_words);
    if (subject && n->list_id.n == 0)
        return true;
    if (machine_header(n))
        return true;
    return weak_header(n) && n->list_id.n == 0 &&
           (words_in(n->lower_subject, ticket_subjects) || words_in(head, vacation_words));
}

/* The address that people are asked to write to instead. */
static str new_address(const struct notice *n)
{
    static const char leads[] =
        "instead|new address|new email|new e-mail|please write to|please contact|please use|please email|zukünftig|"
        "künftig|neue adresse|neue e-mail|wenden sie sich an|nouvelle adresse|veuillez contacter|nueva dirección|"
        "contactar con|nuovo indirizzo|contattare|nieuw adres|новый адрес|新しいアドレス|"
        "新アドレス|新邮箱|从现在起";
    static const char left[] =
        "no longer|has left|left the company|has changed|have changed|new address|new email|new e-mail|nicht mehr|"
        "zukünftig|künftig|neue adresse|neue e-mail|ne fait plus|nouvelle adresse|changé|ya no|nueva dirección|"
        "non lavora più|nuovo indirizzo|não trabalha mais|novo endereço|niet meer|nieuw adres|"
        "больше не|новый адрес|"
        "退職|変更|新しい|离职|新邮箱|퇴사";
    const str own = addresses_clean(n->from, n->arena);
    str rest, address;

    if (!notice_says(n, left) || !notice_says(n, leads))
        return STR("");
    rest = str_to(n->text, 4096);
    while (addresses_next(&rest, &address)) {
        const str clean = address_clean(address, n->arena);
        if (clean.n && !str_eq(clean, own) && str_find_nocase(n->to, clean) == STR_NONE)
            return clean;
    }
    return STR("");
}

bool autoreply_read(struct notice *n)
{
    if (!is_answer(n))
        return false;
    if (notice_says(n, challenge_words) && !words_in(n->lower_subject, vacation_subjects)) {
        answer(n, "challenge_response", "challenge");
        return true;
    }
    answer(n, "auto_reply", "autoreply")->left_for = new_address(n);
    return true;
}

bool autoreply_unsubscribe(struct notice *n)
{
    const str subject = words_untagged(str_trim(n->lower_subject)), body = str_trim(str_to(n->lower, 64));
    const bool asks =
        words_begin(
            subject,
            "unsubscribe|list-unsubscribe|remove me|opt-out|opt out|abmelden|abmeldung|abbestell|désabonn|désinscri|"
            "desabonn|cancelar suscripción|cancelar la suscripción|darme de baja|darse de baja|disiscri|"
            "cancellazione dalla|cancella iscrizione|cancelar inscrição|descadastr|afmelden|uitschrijven|avprenumer|"
            "avregistrer|afmeld|avmeld|wypisz|rezygnac|odhlásit|odhlášení|leiratkoz|dezabon|отпис|配信停止|"
            "購読解除|退订|退訂|수신거부|수신 거부") ||
        (subject.n == 0 && words_begin(body, "unsubscribe"));
    struct returned_item *item;

    if (!asks || n->list_id.n || gate_from_daemon(n))
        return false;
    item = notice_add(n, RETURNED_OTHER);
    item->category = STR("unsubscribe");
    item->recipient = addresses_clean(n->from, n->arena);
    n->decoded_by = "unsubscribe";
    return true;
}
