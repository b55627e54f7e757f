"""Logs of relays that say one thing on several lines, with many deliveries at work at the same time: for formats_cut.py."""
import calendar
import json
import random
import uuid

BEGIN = calendar.timegm((2026, 3, 3, 9, 0, 0)) * 1000  # ms
DOMAINS = ['shop.example', 'full.example', 'grey.example', 'far.example', 'mail.example']
DEFERRED, BOUNCED, SENT = range(3)


class Story:
    """Lines by time: each message comes in, and its deliveries end seconds or minutes later; the last one is alone in the evening."""

    def __init__(self, seed):
        self.dice, self.lines, self.n = random.Random(seed), [], 0

    def say(self, at, text):
        self.lines.append((at, self.n, text))
        self.n += 1

    def told(self):
        return [(at, text) for at, _, text in sorted(self.lines)]

    def fate(self):
        return self.dice.choice([SENT, SENT, SENT, DEFERRED, BOUNCED])

    def take(self):
        """How long a delivery takes, in ms; some take long."""
        return self.dice.choice([300, 900, 2000, 30000, 120000])

    def messages(self, count):
        for i in range(count):
            at = BEGIN + i * 1700 + self.dice.randrange(1500) + (5 * 3600 * 1000 if i == count - 1 else 0)
            yield i, at, [f'r{i}.{k}@{self.dice.choice(DOMAINS)}' for k in range(self.dice.choice([1, 1, 2, 3]))]


def syslog(at, program, text):
    stamp = at // 1000 - calendar.timegm((2026, 3, 1, 0, 0, 0))
    day, rest = divmod(stamp, 86400)
    return f'Mar {day + 1:2d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d} mx1 {program}: {text}'


def iso(at):
    day, rest = divmod(at // 1000 - calendar.timegm((2026, 3, 1, 0, 0, 0)), 86400)
    return f'2026-03-{day + 1:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{at % 1000:03d}Z'


def qmail_stories(count, seed=3):
    s = Story(seed)
    starts = []
    for i, at, recipients in s.messages(count):
        message = 10000 + i % 4000  # an inode: used again
        s.say(at, f'new msg {message}')
        s.say(at, f'info msg {message}: bytes {900 + i} from <bounce+{i}@brand.example> qp {i + 1} uid 89')
        end = at
        for r in recipients:
            begun, tries = at + 5, 0
            while True:
                fate = s.fate() if tries < 3 else SENT
                over = begun + s.take()
                starts.append((begun, over, message, r, fate))
                end, tries = max(end, over), tries + 1
                if fate != DEFERRED:
                    break
                begun = over + 400000
        s.say(end + 1, f'end msg {message}')
    busy = {}
    for begun, over, message, r, fate in sorted(starts):  # the lowest free number, as qmail-send takes them
        number = next(n for n in range(1, 10000) if busy.get(n, 0) < begun)
        busy[number] = over + 1
        s.say(begun, f'starting delivery {number}: msg {message} to remote {r}')
        s.say(over, f'delivery {number}: ' + {
            SENT: 'success: 192.0.2.25_accepted_message./Remote_host_said:_250_2.0.0_Ok:_queued_as_7F00AA11/',
            DEFERRED: 'deferral: Connected_to_192.0.2.5_but_greeting_failed./Remote_host_said:_421_4.7.0_not_now/',
            BOUNCED: 'failure: 192.0.2.26_does_not_like_recipient./Remote_host_said:_552_5.2.2_mailbox_full/Giving_up_on_192.0.2.26./'
        }[fate])
    return s.told()


def qmail(count):
    return [f'@{(1 << 62) + 10 + at // 1000:016x}{at % 1000 * 1000000:08x} {text}' for at, text in qmail_stories(count)]


def qmail_syslog(count):
    return [syslog(at, 'qmail', f'{at // 1000}.{at % 1000 * 1000:06d} {text}') for at, text in qmail_stories(count, 4)]


def haraka(count):
    s = Story(5)
    for i, at, recipients in s.messages(count):
        mail = f'{uuid.UUID(int=s.dice.getrandbits(128))}'.upper() + '.1'

        def say(when, tail, origin, text):
            s.say(when, f'[NOTICE] [{mail}{tail}] [{origin}] {text}')
        say(at, '', 'core', f'sender <bounce+{i}@brand.example> code=CONT msg=""')
        for r in recipients:
            say(at, '', 'core', f'recipient <{r}> code=OK msg="" sender=bounce+{i}@brand.example')
        say(at, '', 'core', f'message mid="<{i}@brand.example>" size={900 + i} rcpts={len(recipients)}/0/0 delay=0.1 code=CONT msg=""')
        domains = list(dict.fromkeys(r.split('@')[1] for r in recipients))
        for part, domain in enumerate(domains, 1):
            when, tail = at + s.take(), f'.{part}'
            for tries in range(3):
                fate = s.fate() if tries < 2 else SENT
                if fate != DEFERRED:
                    break
                say(when, tail, 'outbound', f'Temp failing x_{i} for 64 seconds: connect ECONNREFUSED 192.0.2.26:25')
                when += 400000
            if fate == BOUNCED:
                say(when, tail, 'outbound', 'bouncing mail: 552 5.2.2 mailbox full')
            else:
                say(when, tail, 'outbound', f'delivered file=x_{i} domain={domain} host=mx.{domain} ip=192.0.2.25 port=25 mode=SMTP '
                    'tls=Y auth=N response="250 2.0.0 Ok: queued as 7F00AA11" delay=0.9 fails=0 rcpts=1/0/0')
    return [f'{iso(at)} {text}' for at, text in s.told()]


def opensmtpd(count):
    s = Story(6)
    for i, at, recipients in s.messages(count):
        session = f'1a2b3c4d{i:08x}'
        s.say(at, f'{session} smtp connected address=203.0.113.5 host=app.brand.example')
        s.say(at, f'{session} smtp authentication user=app{i % 3}@brand.example result=ok')
        begun = at + s.dice.choice([10, 40000])  # a slow client
        for k, r in enumerate(recipients):
            s.say(begun, f'{session} smtp envelope evpid=7d5c{i:06x}00{k:04x} from=<bounce+{i}@brand.example> to=<{r}>')
        s.say(begun + 5, f'{session} smtp disconnected reason=quit')
        for k, r in enumerate(recipients):
            mta, when = f'2b2b3c{k:02x}{i:08x}', begun + 20
            s.say(when, f'{mta} mta connected')
            if i % 3:
                s.say(when, f'{mta} mta tls ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256')
                s.say(when, f'{mta} mta server-cert-check result="{"verified" if i % 2 else "unverified"}"')
            for tries in range(3):
                when += s.take()
                fate = s.fate() if tries < 2 else SENT
                result, stat = {SENT: ('Ok', '250 2.0.0 Ok: queued as 7F00AA11'), DEFERRED: ('TempFail', '451 4.7.1 greylisted'),
                                BOUNCED: ('PermFail', '552 5.2.2 mailbox full')}[fate]
                s.say(when, f'{mta} mta delivery evpid=7d5c{i:06x}00{k:04x} from=<bounce+{i}@brand.example> to=<{r}> rcpt=<-> '
                      f'source="192.0.2.10" relay="192.0.2.25 (mx.{r.split("@")[1]})" delay=1s result="{result}" stat="{stat}"')
                if fate != DEFERRED:
                    break
            s.say(when + 5000, f'{mta} mta disconnected reason=quit messages=1')
    return [syslog(at, 'smtpd[812]', text) for at, text in s.told()]


def sendmail(count):
    s = Story(7)
    for i, at, recipients in s.messages(count):
        mail, pid = f'623{i:05d}{i % 900000 + 100000:06d}', 1000 + i % 20000
        s.say(at, (pid, f'AUTH=server, relay=app.brand.example [203.0.113.5], authid=app{i % 3}@brand.example, mech=PLAIN, bits=0'))
        s.say(at + s.dice.choice([10, 40000]),
              (pid, f'{mail}: from=<bounce+{i}@brand.example>, size={900 + i}, class=0, nrcpts={len(recipients)}, '
               f'msgid=<{i}@brand.example>, proto=ESMTPSA, daemon=MSA, auth=PLAIN, relay=app.brand.example [203.0.113.5]'))
        for k, r in enumerate(recipients):
            when = at + 41000
            s.say(when, (pid + k + 1, f'STARTTLS=client, relay=mx.{r.split("@")[1]}., version=TLSv1.3, verify=OK, '
                         'cipher=TLS_AES_256_GCM_SHA384, bits=256/256'))
            for tries in range(3):
                when += s.take()
                fate = s.fate() if tries < 2 else SENT
                dsn, stat = {SENT: ('2.0.0', 'Sent (Ok: queued as 7F00AA11)'), DEFERRED: ('4.7.1', 'Deferred: 450 4.7.1 greylisted'),
                             BOUNCED: ('5.2.2', 'Service unavailable')}[fate]
                s.say(when, (pid + k + 1, f'{mail}: to=<{r}>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=122345, '
                             f'relay=mx.{r.split("@")[1]}. [192.0.2.25], dsn={dsn}, stat={stat}'))
                if fate != DEFERRED:
                    break
    return [syslog(at, f'sm-mta[{pid}]', text) for at, (pid, text) in s.told()]


def exim(count):
    """By syslog, long lines in parts."""
    s = Story(8)
    for i, at, recipients in s.messages(count):
        mail, pid = f'1vx{i:03d}-000{i:08d}-0abc', 2000 + i
        head = f'{mail} <= bounce+{i}@brand.example H=app.brand.example [203.0.113.5] P=esmtpsa A=plain:app '
        s.say(at, (pid, f'[1\\2] {head}'))
        s.say(at + s.dice.choice([0, 1000]), (pid, f'[2/2] S={900 + i} id={i}@brand.example for {" ".join(recipients)}'))
        end = at
        for r in recipients:
            when, fate = at + 2000 + s.take(), s.fate()
            if fate == DEFERRED:
                s.say(when, (pid + 1, f'{mail} == {r} R=dnslookup T=remote_smtp defer (-44) H=mx.far.example [192.0.2.25]: '
                             f'SMTP error from remote mail server after RCPT TO:<{r}>: 451 4.7.1 greylisted'))
                when += 400000
            if fate == BOUNCED:
                s.say(when, (pid + 1, f'{mail} ** {r} R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.25]: '
                             f'SMTP error from remote mail server after RCPT TO:<{r}>: 552 5.2.2 mailbox full'))
            else:
                s.say(when, (pid + 1, f'{mail} => {r} R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.25] C="250 OK"'))
            end = max(end, when)
        s.say(end + 5, (pid + 1, f'{mail} Completed'))
    return [syslog(at, f'exim[{pid}]', text) for at, (pid, text) in s.told()]


def sendgrid(count):
    """Deliveries, some of which come back later."""
    s = Story(9)
    for i, at, recipients in s.messages(count):
        for k, r in enumerate(recipients):
            common = {'email': r, 'smtp-id': f'<{i}@brand.example>', 'sg_message_id': f'msg{i}.{k}', 'sg_event_id': f'e{i}.{k}'}
            when = at + s.take()
            s.say(at, dict(common, event='processed', timestamp=at // 1000))
            s.say(when, dict(common, event='delivered', timestamp=when // 1000, response='250 2.0.0 OK'))
            if s.dice.random() < 0.3:
                when += 60000
                s.say(when, dict(common, event='bounce', type='bounce', status='5.2.2', reason='552 5.2.2 mailbox full',
                                 timestamp=when // 1000))
    return [json.dumps(record) for _, record in s.told()]


GENERATED = {'qmail': qmail, 'qmail-syslog': qmail_syslog, 'haraka': haraka, 'opensmtpd': opensmtpd, 'sendmail': sendmail, 'exim': exim,
             'sendgrid': sendgrid}
