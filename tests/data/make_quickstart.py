#!/usr/bin/env python3
"""Makes tests/data/quickstart/: one week of two invented Postfix relays, and the mailbox their bounces go to.

Every name and address is invented or reserved (RFC 2606, RFC 5737); names of large providers' mail exchangers are
real, their addresses are not. The same run always makes the same bytes: make_quickstart.py FOLDER
"""
import gzip
import heapq
import itertools
import random
import sys
from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=1))
START = datetime(2026, 3, 2, 6, 25, tzinfo=ZONE)
END = datetime(2026, 3, 9, 14, 0, tzinfo=ZONE)
ROTATED = datetime(2026, 3, 9, 6, 25, 3, tzinfo=ZONE)
HOSTS = {"relay1": "203.0.113.25", "relay2": "203.0.113.26"}
rnd = random.Random(20260302)


def at(text):
    return datetime.strptime("2026-03-" + text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


# ------------------------------------------------------------------ who receives
# domain, its exchangers with addresses, TLS
GMAIL = [("gmail-smtp-in.l.google.com", "192.0.2.26"), ("alt1.gmail-smtp-in.l.google.com", "192.0.2.27")]
WORKSPACE = [("aspmx.l.google.com", "192.0.2.28")]
YAHOO = [("mx-eu.mail.am0.yahoodns.net", "192.0.2.84")]
GMX = [("mx00.gmx.net", "192.0.2.105"), ("mx01.gmx.net", "192.0.2.106")]
TONLINE = [("mx00.t-online.de", "192.0.2.120")]


def microsoft(domain, last):
    return [(domain.replace(".", "-") + ".mail.protection.outlook.com", f"192.0.2.{last}")]


DOMAINS = {
    "hikers.example": (GMAIL, 20), "readers.example": (GMAIL, 18), "studio-nord.example": (WORKSPACE, 6),
    "bakery.example": (WORKSPACE, 4),
    "steelworks.example": (microsoft("steelworks.example", 140), 9), "town.example": (microsoft("town.example", 141), 7),
    "lawyers.example": (microsoft("lawyers.example", 142), 5), "clinic.example": (microsoft("clinic.example", 143), 5),
    "garden.example": (YAHOO, 9), "choir.example": (YAHOO, 5),
    "freepost.example": (GMX, 12), "webpost.example": (GMX, 8), "telepost.example": (TONLINE, 7),
    "brewery.example": ([("mail.brewery.example", "198.51.100.11")], 3),
    "carpenter.example": ([("mx1.carpenter.example", "198.51.100.12")], 3),
    "university.example": ([("mailin.university.example", "198.51.100.13")], 4),
    "museum.example": ([("mx.museum.example", "198.51.100.14")], 2),
}
PLAIN = {"mx.museum.example", "mail.brewery.example"}  # no TLS offered
FIRST = ("anna ben clara david ella felix greta hugo ines jonas karla leo mara nils olga paul quirin rosa simon tilda "
         "urs vera willi xenia yara zoe adam berta carl dora emil frida georg hanna ivo jana kurt lena max nora").split()
LAST = "abel brandt conrad diehl ernst fuchs graf hahn jung kern lang meier nagel ott pohl reich seidel thiel vogt wolf".split()


def people():
    found = []
    for domain, (_, weight) in DOMAINS.items():
        for _ in range(weight * 2):
            found.append(f"{rnd.choice(FIRST)}.{rnd.choice(LAST)}@{domain}")
    return sorted(set(found))


# ------------------------------------------------------------------ what they answer
def token(n=10):
    return "".join(rnd.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(n))


def accepted(host):
    if "google" in host:
        return f"250 2.0.0 OK  {rnd.randrange(1772400000, 1773000000)} {token(24)}.{rnd.randrange(100, 999)} - gsmtp"
    if "outlook" in host:
        return (f"250 2.6.0 <{token(12)}@relay.shop.example> [InternalId={rnd.randrange(10**12, 10**13)}, "
                f"Hostname=DB{rnd.randrange(3, 9)}PR04MB{rnd.randrange(1000, 9999)}.eurprd04.prod.outlook.com] "
                f"{rnd.randrange(9000, 30000)} bytes in 0.{rnd.randrange(100, 400)}, 51.{rnd.randrange(100, 999)} KB/sec "
                "Queued mail for delivery")
    if "yahoodns" in host:
        return "250 ok dirdel"
    if "gmx" in host:
        return f"250 Requested mail action okay, completed: id=1M{token(6)}-{token(14)}"
    if "t-online" in host:
        return f"250 2.0.0 Message accepted. {token(6)}-{token(12)}"
    return f"250 2.0.0 Ok: queued as {queue_id()}"


def said(name, ip, text, phase):
    return f"host {name}[{ip}] said: {text} (in reply to {phase} command)"


def unknown(rcpt, name, ip):
    if "google" in name:
        return "5.1.1", said(name, ip, "550-5.1.1 The email account that you tried to reach does not exist. Please try "
                             "550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary "
                             "spaces. For more information, go to 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser "
                             f"{token(24)}.{rnd.randrange(100, 999)} - gsmtp", "RCPT TO")
    if "outlook" in name:
        return "5.4.1", said(name, ip, "550 5.4.1 Recipient address rejected: Access denied. "
                             f"[DB5EUR01FT0{rnd.randrange(10, 99)}.eop-EUR01.prod.protection.outlook.com]", "RCPT TO")
    if "yahoodns" in name:
        return "5.0.0", said(name, ip, f"554 30 Sorry, your message to {rcpt} cannot be delivered. This mailbox is disabled "
                             "(554.30). - mta4152.mail.ir2.yahoo.com", "end of DATA")
    if "gmx" in name:
        return "5.0.0", said(name, ip, "550 Requested action not taken: mailbox unavailable For explanation visit "
                             "https://postmaster.gmx.net/en/error-messages?ip=203.0.113.25&c=rcs", "RCPT TO")
    if "t-online" in name:
        return "5.0.0", said(name, ip, "550 user unknown", "RCPT TO")
    return "5.1.1", said(name, ip, f"550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table",
                         "RCPT TO")


def spamhaus(name, ip, own):
    return "5.7.1", said(name, ip, f"550 5.7.1 Service unavailable, Client host [{own}] blocked using Spamhaus. To request "
                         f"removal from this list see https://www.spamhaus.org/query/ip/{own} (AS16012609) "
                         f"[AM7EUR03FT0{rnd.randrange(10, 99)}.eop-EUR03.prod.protection.outlook.com]", "RCPT TO")


def tss04(name, ip, own):
    return "4.7.0", said(name, ip, f"421 4.7.0 [TSS04] Messages from {own} temporarily deferred due to unexpected volume or "
                         "user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes", "MAIL FROM")


def greylisted(rcpt, name, ip):
    domain = rcpt.split("@")[1]
    return "4.2.0", said(name, ip, f"450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, see "
                         f"http://postgrey.schweikert.ch/help/{domain}.html", "RCPT TO")


def full(name, ip):
    if "google" in name:
        return "4.2.2", said(name, ip, "452-4.2.2 The recipient's inbox is out of storage space. Please direct the "
                             "452 4.2.2 recipient to https://support.google.com/mail/?p=OverQuotaTemp "
                             f"{token(24)}.{rnd.randrange(100, 999)} - gsmtp", "RCPT TO")
    return "4.2.2", said(name, ip, "452 4.2.2 Mailbox full", "RCPT TO")


# ------------------------------------------------------------------ the relay
lines = []        # (time, order, host, program, session or pid, text)
sessions = []     # (start, end, host, daemon, list to hold the pid)
events = []       # the simulator's queue
order = itertools.count()
used_ids = set()
bounced = []      # what the mailbox is made from


def queue_id():
    while True:
        fresh = f"{rnd.randrange(0x10000, 0xF4240):05X}{rnd.randrange(0x1000000, 0xFFFFFFF):07X}"
        if fresh not in used_ids:
            used_ids.add(fresh)
            return fresh


def session(start, seconds, host, daemon):
    pid = []
    sessions.append((start, start + timedelta(seconds=seconds), host, daemon, pid))
    return pid


def log(when, host, program, pid, text):
    lines.append((when, len(lines), host, program, pid, text))


def later(when, work, *args):
    heapq.heappush(events, (when, next(order), work, args))


def number(seconds):
    """As Postfix writes delays: two significant digits, hundredths at most."""
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2g}" if seconds >= 0.1 \
        else f"{seconds:.2f}".rstrip("0").rstrip(".") or "0"


class Message:
    def __init__(self, when, host, sender, rcpt, user, client, subject, size=None, message_id=None):
        self.host, self.sender, self.rcpt, self.user, self.subject = host, sender, rcpt, user, subject
        self.size = size or rnd.randrange(4000, 38000)
        self.id = queue_id()
        self.message_id = message_id or f"{when:%Y%m%d%H%M%S}.{token(8)}@{sender.split('@')[1]}"
        self.arrived = when
        self.attempts = 0
        self.warned = False
        if user:
            self.submit(client)

    def submit(self, client):
        name, ip = client
        pid = session(self.arrived, 0.6, self.host, "smtpd")
        t = self.arrived - timedelta(seconds=0.08)
        log(t - timedelta(seconds=0.1), self.host, "smtpd", pid, f"connect from {name}[{ip}]")
        log(t - timedelta(seconds=0.03), self.host, "smtpd", pid, f"Anonymous TLS connection established from {name}[{ip}]: "
            "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) "
            "server-digest SHA256")
        log(t, self.host, "smtpd", pid, f"{self.id}: client={name}[{ip}], sasl_method=PLAIN, sasl_username={self.user}")
        log(t + timedelta(seconds=0.02), self.host, "cleanup", 0, f"{self.id}: message-id=<{self.message_id}>")
        log(t + timedelta(seconds=0.08), self.host, "qmgr", 0,
            f"{self.id}: from=<{self.sender}>, size={self.size}, nrcpt=1 (queue active)")
        log(t + timedelta(seconds=0.09), self.host, "smtpd", pid, f"disconnect from {name}[{ip}] ehlo=2 starttls=1 auth=1 "
            "mail=1 rcpt=1 data=1 quit=1 commands=8")
        later(self.arrived + timedelta(seconds=0.03), attempt, self)


def active_again(m, when):
    log(when, m.host, "qmgr", 0, f"{m.id}: from=<{m.sender}>, size={m.size}, nrcpt=1 (queue active)")


def result(m, when, pid, program, relay, waits, dsn, status, text):
    a = (when - m.arrived).total_seconds() - sum(waits)
    b, c, d = waits
    total = (when - m.arrived).total_seconds()
    log(when, m.host, program, pid, f"{m.id}: to=<{m.rcpt}>, relay={relay}, delay={number(total)}, "
        f"delays={number(max(a, 0.01))}/{number(b)}/{number(c)}/{number(d)}, dsn={dsn}, status={status} ({text})")


def attempt(now, m):
    m.attempts += 1
    domain = m.rcpt.split("@")[1]
    if m.attempts > 1:
        active_again(m, now)
    if domain in DEAD:
        return dead_end(now, m, domain)
    name, ip = rnd.choice(DOMAINS[domain][0])
    waits = (0.01, rnd.uniform(0.05, 0.4), rnd.uniform(0.1, 1.4))
    start = now + timedelta(seconds=0.02)
    done = start + timedelta(seconds=sum(waits))
    pid = session(start, sum(waits) + 0.2, m.host, "smtp")
    if name not in PLAIN:
        log(start + timedelta(seconds=waits[1] * 0.8), m.host, "smtp", pid,
            f"Trusted TLS connection established to {name}[{ip}]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) "
            "key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256")
    dsn, text = answer(m, now, name, ip)
    status = {"2": "sent", "4": "deferred", "5": "bounced"}[dsn[0]]
    result(m, done, pid, "smtp", f"{name}[{ip}]:25", waits, dsn, status, text)
    after(m, done, status, dsn, text, f"{name}")


def dead_end(now, m, domain):
    pid = session(now, 31, m.host, "smtp")
    ip = DEAD[domain]
    if ip is None:
        done = now + timedelta(seconds=0.3)
        text = f"Host or domain name not found. Name service error for name={domain} type=A: Host not found"
        result(m, done, pid, "smtp", "none", (0.01, 0.25, 0), "5.4.4", "bounced", text)
        return after(m, done, "bounced", "5.4.4", text, "")
    done = now + timedelta(seconds=30.1)
    log(done - timedelta(seconds=0.01), m.host, "smtp", pid, f"connect to mail.{domain}[{ip}]:25: Connection timed out")
    text = f"connect to mail.{domain}[{ip}]:25: Connection timed out"
    result(m, done, pid, "smtp", "none", (0.01, 30.05, 0), "4.4.1", "deferred", text)
    return after(m, done, "deferred", "4.4.1", text, "")


def after(m, when, status, dsn, text, remote):
    if status == "deferred":
        age = when - m.arrived
        if age > timedelta(days=5):
            log(when + timedelta(seconds=0.05), m.host, "qmgr", 0, f"{m.id}: from=<{m.sender}>, status=expired, returned to sender")
            return notify(m, when + timedelta(seconds=0.1), dsn, text, remote)
        wait = min(300 * 2 ** (m.attempts - 1), 6 * 3600)
        if age + timedelta(seconds=wait) > timedelta(days=5):
            wait = (timedelta(days=5) - age).total_seconds() + rnd.uniform(60, 300)
        return later(when + timedelta(seconds=wait + rnd.uniform(0, 60)), attempt, m)
    if status == "bounced":
        return notify(m, when + timedelta(seconds=0.02), dsn, text, remote)
    log(when + timedelta(seconds=0.01), m.host, "qmgr", 0, f"{m.id}: removed")


def notify(m, when, dsn, text, remote):
    """Postfix mails its report to the envelope sender; senders of mass mail have their mailbox on the relay."""
    note = Message(when, m.host, f"MAILER-DAEMON@{m.host}.shop.example", m.sender, None, None, "Undelivered Mail Returned to Sender",
                   rnd.randrange(3500, 6500), f"{when:%Y%m%d%H%M%S}.{queue_id()}@{m.host}.shop.example")
    log(when, m.host, "cleanup", 0, f"{note.id}: message-id=<{note.message_id}>")
    log(when + timedelta(seconds=0.01), m.host, "bounce", 0, f"{m.id}: sender non-delivery notification: {note.id}")
    log(when + timedelta(seconds=0.01), m.host, "qmgr", 0, f"{note.id}: from=<>, size={note.size}, nrcpt=1 (queue active)")
    log(when + timedelta(seconds=0.02), m.host, "qmgr", 0, f"{m.id}: removed")
    done = when + timedelta(seconds=0.06)
    pid = session(when, 0.3, m.host, "local")
    log(done, m.host, "local", pid, f"{note.id}: to=<bounces@{m.host}.shop.example>, orig_to=<{m.sender}>, relay=local, delay=0.06, "
        "delays=0.01/0.01/0/0.04, dsn=2.0.0, status=sent (delivered to mailbox)")
    log(done + timedelta(seconds=0.01), m.host, "qmgr", 0, f"{note.id}: removed")
    bounced.append((when, m, note, dsn, text, remote))


# ------------------------------------------------------------------ the story
LISTED = (at("05 10:40"), at("05 19:30"))      # relay2 on a blocklist that Microsoft asks
SLOWED = (at("03 10:05"), at("03 14:20"))      # relay1 slowed down by Yahoo
DEAD = {"old-mill.example": "198.51.100.77", "hikers-club.example": None, "steelwroks.example": None}
FULL = {"rosa.kern@hikers.example", "emil.otto@brewery.example"}
GREY = {"carpenter.example", "university.example"}
unknown_people = set()
greeted = set()


def answer(m, now, name, ip):
    domain = m.rcpt.split("@")[1]
    own = HOSTS[m.host]
    if "outlook" in name and m.host == "relay2" and LISTED[0] <= now < LISTED[1]:
        return spamhaus(name, ip, own)
    if "yahoodns" in name and m.host == "relay1" and SLOWED[0] <= now < SLOWED[1]:
        return tss04(name, ip, own)
    if domain in GREY and (m.sender, m.rcpt) not in greeted:
        greeted.add((m.sender, m.rcpt))
        return greylisted(m.rcpt, name, ip)
    if m.rcpt in FULL:
        return full(name, ip)
    if m.rcpt in unknown_people:
        return unknown(m.rcpt, name, ip)
    reply = accepted(name)
    return "2.6.0" if reply.startswith("250 2.6.0") else "2.0.0", reply


NEWS = ("app1.shop.example", "192.0.2.201")
SHOP = ("app2.shop.example", "192.0.2.202")
DESK = ("desk.craftworks.example", "192.0.2.210")


def newsletter(when, number_, readers):
    for i, rcpt in enumerate(readers):
        moment = when + timedelta(seconds=i * 4 + rnd.uniform(0, 3))
        later(moment, lambda now, r=rcpt, h=("relay1", "relay2")[i % 2]: Message(
            now, h, f"bounces+issue{number_}@shop-news.example", r, "newsletter", NEWS, f"News from the shop, issue {number_}"))


def week(readers):
    newsletter(at("03 10:00"), 11, readers)
    newsletter(at("05 11:00"), 12, [r for r in readers if r not in unknown_people])
    newsletter(at("07 10:00"), 13, [r for r in readers if r not in unknown_people and r not in FULL][::2])
    day = START
    while day < END:
        for _ in range(22):
            moment = day.replace(hour=8, minute=0) + timedelta(seconds=rnd.uniform(0, 12 * 3600))
            if moment > END:
                continue
            rcpt = rnd.choice([r for r in readers if r not in FULL])
            later(moment, lambda now, r=rcpt, h=rnd.choice(["relay1", "relay2"]): Message(
                now, h, "orders@shop.example", r, "webshop", SHOP, "Your order has been sent"))
        for _ in range(6 if day.weekday() < 5 else 0):
            moment = day.replace(hour=8, minute=30) + timedelta(seconds=rnd.uniform(0, 9 * 3600))
            if moment > END:
                continue
            rcpt = rnd.choice([r for r in readers if r not in unknown_people and r not in FULL])
            later(moment, lambda now, r=rcpt: Message(
                now, "relay1", "clara.diehl@craftworks.example", r, "clara.diehl", DESK, "Re: your question"))
        day += timedelta(days=1)
    later(at("04 09:12"), lambda now: Message(now, "relay1", "clara.diehl@craftworks.example", "info@hikers-club.example",
                                              "clara.diehl", DESK, "Offer"))
    later(at("06 15:40"), lambda now: Message(now, "relay1", "clara.diehl@craftworks.example", "buying@steelwroks.example",
                                              "clara.diehl", DESK, "Offer 2026-118"))
    later(at("02 09:30"), lambda now: Message(now, "relay2", "orders@shop.example", "miller@old-mill.example", "webshop", SHOP,
                                              "Your order has been sent"))


def run():
    while events:
        now, _, work, args = heapq.heappop(events)
        if now > END:
            break
        work(now, *args)


def receive(m, when, name, ip, sender, rcpt, message_id):
    """A report from outside comes in and lands in the mailbox; answers its queue id."""
    queue, pid, size = queue_id(), session(when, 0.8, m.host, "smtpd"), rnd.randrange(3000, 9000)
    t = when
    log(t, m.host, "smtpd", pid, f"connect from {name}[{ip}]")
    log(t + timedelta(seconds=0.2), m.host, "smtpd", pid, f"{queue}: client={name}[{ip}]")
    log(t + timedelta(seconds=0.25), m.host, "cleanup", 0, f"{queue}: message-id=<{message_id}>")
    log(t + timedelta(seconds=0.3), m.host, "qmgr", 0, f"{queue}: from=<{sender}>, size={size}, nrcpt=1 (queue active)")
    local = session(t + timedelta(seconds=0.3), 0.2, m.host, "local")
    log(t + timedelta(seconds=0.35), m.host, "local", local, f"{queue}: to=<bounces@{m.host}.shop.example>, orig_to=<{rcpt}>, "
        "relay=local, delay=0.15, delays=0.11/0.01/0/0.03, dsn=2.0.0, status=sent (delivered to mailbox)")
    log(t + timedelta(seconds=0.36), m.host, "qmgr", 0, f"{queue}: removed")
    log(t + timedelta(seconds=0.5), m.host, "smtpd", pid, f"disconnect from {name}[{ip}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 "
        "commands=5")
    return queue


# ------------------------------------------------------------------ writing the log
def give_pids():
    free, busy, next_pid = {}, [], {"smtpd": 2100, "smtp": 4100, "local": 6100}
    for start, end, host, daemon, pid in sorted(sessions, key=lambda s: s[0]):
        while busy and busy[0][0] < start:
            _, _, key, done = heapq.heappop(busy)
            heapq.heappush(free.setdefault(key, []), done)
        key = (host, daemon)
        if free.get(key):
            mine = heapq.heappop(free[key])
        else:
            mine = next_pid[daemon] = next_pid[daemon] + 1
        pid.append(mine)
        heapq.heappush(busy, (end, mine, key, mine))


def text_of_log():
    fixed = {"cleanup": 1987, "qmgr": 871, "bounce": 2055, "anvil": 2010}
    for when, _, host, program, pid, text in sorted(lines, key=lambda row: (row[0], row[1])):
        if when <= END:
            number_ = pid[0] if isinstance(pid, list) else fixed[program]
            stamp = when.isoformat(timespec="microseconds")
            yield when, f"{stamp} {host} postfix/{program}[{number_}]: {text}\n"


# ------------------------------------------------------------------ the mailbox of bounces
def mail_date(when):
    return when.strftime("%a, %d %b %Y %H:%M:%S +0100")


def original(m):
    domain = m.sender.split("@")[1]
    sender = {"newsletter": "The shop <news@shop-news.example>", "webshop": "The shop <orders@shop.example>"}.get(
        m.user, "Clara Diehl <clara.diehl@craftworks.example>")
    return (f"Return-Path: <{m.sender}>\nReceived: from app.{domain} (app.{domain} [192.0.2.201])\n"
            f"\tby {m.host}.shop.example (Postfix) with ESMTPSA id {m.id}\n\tfor <{m.rcpt}>; {mail_date(m.arrived)}\n"
            f"From: {sender}\nTo: <{m.rcpt}>\nSubject: {m.subject}\nDate: {mail_date(m.arrived)}\n"
            f"Message-ID: <{m.message_id}>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n")


def in_mbox(sender, when, text):
    body = "\n".join(">" + line if line.startswith("From ") else line for line in text.split("\n"))
    return f"From {sender or 'MAILER-DAEMON'} {when.astimezone(timezone.utc):%a %b %d %H:%M:%S %Y}\n{body}\n\n"


def fold(text, width=70):
    words, row, out = text.split(" "), "   ", []
    for word in words:
        if len(row) + len(word) > width:
            out.append(row)
            row = "   "
        row += " " + word
    return "\n".join(out + [row])


def postfix_report(when, m, note, dsn, text, remote):
    diagnostic = text[text.find("said: ") + 6:text.rfind(" (in reply")] if "said: " in text else text
    kind = "smtp" if remote else "X-Postfix"
    boundary = f"{note.id}.{int(when.timestamp())}/{m.host}.shop.example"
    remote_line = f"Remote-MTA: dns; {remote}\n" if remote else ""
    return in_mbox("", when, f"""Return-Path: <>
X-Original-To: {m.sender}
Delivered-To: bounces@{m.host}.shop.example
Received: by {m.host}.shop.example (Postfix)
\tid {note.id}; {mail_date(when)}
Date: {mail_date(when)}
From: MAILER-DAEMON@{m.host}.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {m.sender}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{boundary}"
Content-Transfer-Encoding: 8bit
Message-Id: <{note.message_id}>

This is a MIME-encapsulated message.

--{boundary}
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host {m.host}.shop.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system

<{m.rcpt}>:{fold(text)[3:]}

--{boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; {m.host}.shop.example
X-Postfix-Queue-ID: {m.id}
X-Postfix-Sender: rfc822; {m.sender}
Arrival-Date: {mail_date(m.arrived)}

Final-Recipient: rfc822; {m.rcpt}
Original-Recipient: rfc822;{m.rcpt}
Action: failed
Status: {dsn}
{remote_line}Diagnostic-Code: {kind};{fold(diagnostic)[3:]}

--{boundary}
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

{original(m)}
--{boundary}--
""")


def late_bounce(m, when):
    """Taken with 250 by the edge, refused a minute later inside."""
    host = "DB9PR04MB8412.eurprd04.prod.outlook.com"
    domain = m.rcpt.split("@")[1]
    boundary, message_id = f"{token(8)}-{token(4)}-{token(12)}", f"{token(12)}-{token(8)}@{host}"
    queue = receive(m, when, host, "192.0.2.199", "", m.sender, message_id)
    return in_mbox("", when, f"""Return-Path: <>
X-Original-To: {m.sender}
Delivered-To: bounces@{m.host}.shop.example
Received: from {host} ({host} [192.0.2.199])
\tby {m.host}.shop.example (Postfix) with ESMTPS id {queue}
\tfor <{m.sender}>; {mail_date(when)}
MIME-Version: 1.0
From: <postmaster@{domain}>
To: <{m.sender}>
Date: {mail_date(when)}
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{boundary}"
Content-Language: en-US
Message-ID: <{message_id}>
In-Reply-To: <{m.message_id}>
References: <{m.message_id}>
Subject: Undeliverable: {m.subject}
Auto-Submitted: auto-replied

--{boundary}
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

{m.rcpt}<mailto:{m.rcpt}>
The email address you entered couldn't be found. Please check the recipient=
's email address and try to resend the message.

Diagnostic information for administrators:

Generating server: {host}

{m.rcpt}
Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipien=
t not found by SMTP address lookup'

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns;{host}
Received-From-MTA: dns;{m.host}.shop.example
Arrival-Date: {mail_date(m.arrived)}

Final-Recipient: rfc822;{m.rcpt}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--{boundary}
Content-Type: message/rfc822

{original(m)}
Thank you for your order.

--{boundary}--
""")


def complaint(m, when):
    boundary, message_id = f"----=_{token(16)}", f"{token(14)}@fbl.example"
    queue = receive(m, when, "out.fbl.example", "198.51.100.200", "feedback@fbl.example", "complaints@shop-news.example",
                    message_id)
    return in_mbox("feedback@fbl.example", when, f"""Return-Path: <feedback@fbl.example>
X-Original-To: complaints@shop-news.example
Delivered-To: bounces@{m.host}.shop.example
Received: from out.fbl.example (out.fbl.example [198.51.100.200])
\tby {m.host}.shop.example (Postfix) with ESMTPS id {queue}
\tfor <complaints@shop-news.example>; {mail_date(when)}
From: <feedback@fbl.example>
To: <complaints@shop-news.example>
Date: {mail_date(when)}
Subject: FW: {m.subject}
Message-ID: <{message_id}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
\tboundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
{HOSTS[m.host]} on {mail_date(m.arrived)}.

--{boundary}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Feedback/1.0
Version: 1
Original-Mail-From: <{m.sender}>
Original-Rcpt-To: <{m.rcpt}>
Arrival-Date: {mail_date(m.arrived)}
Reported-Domain: shop-news.example
Source-IP: {HOSTS[m.host]}

--{boundary}
Content-Type: message/rfc822

{original(m)}
What is new in the shop this month.

--{boundary}--
""")


def out_of_office(m, when):
    message_id = f"{token(14)}@carpenter.example"
    queue = receive(m, when, "mx1.carpenter.example", "198.51.100.12", "", m.sender, message_id)
    return in_mbox(m.rcpt, when, f"""Return-Path: <>
X-Original-To: {m.sender}
Delivered-To: bounces@{m.host}.shop.example
Received: from mx1.carpenter.example (mx1.carpenter.example [198.51.100.12])
\tby {m.host}.shop.example (Postfix) with ESMTPS id {queue}
\tfor <{m.sender}>; {mail_date(when)}
From: <{m.rcpt}>
To: <{m.sender}>
Date: {mail_date(when)}
Subject: Away until 16 March: {m.subject}
Message-ID: <{message_id}>
In-Reply-To: <{m.message_id}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

I am away until 16 March and read mail after that.
""")


def mailbox(messages):
    late = next(m for m in messages if m.user == "webshop" and m.rcpt.endswith("@town.example") and m.arrived > at("06 00:00"))
    sorry = next(m for m in messages if m.user == "newsletter" and m.rcpt.endswith("@garden.example") and m.arrived > at("05 00:00"))
    away = next(m for m in messages if m.rcpt.endswith("@carpenter.example") and m.user == "newsletter")
    mails = [(when, postfix_report(when, m, note, dsn, text, remote))
             for when, m, note, dsn, text, remote in bounced if m.sender != "clara.diehl@craftworks.example"]
    for m, delay, make in ((late, 70, late_bounce), (sorry, 5400, complaint), (away, 400, out_of_office)):
        when = m.arrived + timedelta(seconds=delay)
        mails.append((when, make(m, when)))
    return "".join(text for _, text in sorted(mails))


def main(folder):
    readers = people()
    unknown_people.update(rnd.sample([r for r in readers if r not in FULL], 14))
    readers += sorted(FULL)
    rnd.shuffle(readers)
    made = []
    keep = Message.submit

    def submit(self, client):
        made.append(self)
        keep(self, client)

    Message.submit = submit
    week(readers)
    run()
    reports = mailbox(made)
    give_pids()
    old, new = [], []
    for when, text in text_of_log():
        (old if when < ROTATED else new).append(text)
    with open(f"{folder}/mail.log.1.gz", "wb") as out:
        out.write(gzip.compress("".join(old).encode(), 9, mtime=0))
    with open(f"{folder}/mail.log", "w", newline="") as out:
        out.writelines(new)
    with open(f"{folder}/bounces.mbox.gz", "wb") as out:
        out.write(gzip.compress(reports.encode(), 9, mtime=0))
    print(f"{len(made)} messages, {len(old)} + {len(new)} lines, {len(bounced)} bounces", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
