"""Writes a Postfix log, life by life, for scenarios."""
import datetime

UTC = datetime.timezone.utc


class Log:
    def __init__(self, start='2026-03-02T08:00:00', host='mx1'):
        self.now = datetime.datetime.fromisoformat(start).replace(tzinfo=UTC)
        self.host, self.lines, self.count = host, [], 0

    def at(self, **after):
        self.now += datetime.timedelta(**after)
        return self

    def line(self, program, text, pid=100):
        self.lines.append((self.now, f'{self.now:%Y-%m-%dT%H:%M:%S.%f+00:00} {self.host} {program}[{pid}]: {text}'))

    def accept(self, sender, client='app.example[10.0.0.9]', sasl=None, message_id=None, size=1000, rcpts=1):
        """A message enters; answers its queue id."""
        self.count += 1
        queue_id = f'{self.count:05X}A{self.count:04X}'
        extra = f', sasl_method=PLAIN, sasl_username={sasl}' if sasl else ''
        self.line('postfix/smtpd', f'{queue_id}: client={client}{extra}')
        self.line('postfix/cleanup', f'{queue_id}: message-id=<{message_id or queue_id.lower() + "@mx1.example"}>')
        self.queued(queue_id, sender, size, rcpts)
        return queue_id

    def queued(self, queue_id, sender, size=1000, rcpts=1):
        self.line('postfix/qmgr', f'{queue_id}: from=<{sender}>, size={size}, nrcpt={rcpts} (queue active)')

    def to(self, queue_id, rcpt, status, dsn, reason, relay='mx.other.example[198.51.100.7]:25', daemon='smtp', orig=None,
           delay=1.0, syslog='postfix'):
        orig = f'orig_to=<{orig}>, ' if orig else ''
        self.line(f'{syslog}/{daemon}', f'{queue_id}: to=<{rcpt}>, {orig}relay={relay}, delay={delay}, '
                  f'delays=0.1/0/0.4/0.5, dsn={dsn}, status={status} ({reason})')

    def sent(self, queue_id, rcpt, **more):
        self.to(queue_id, rcpt, 'sent', '2.0.0', '250 2.0.0 Ok: queued as 4F00BA5', **more)

    def said(self, queue_id, rcpt, status, dsn, reply, host='mx.other.example[198.51.100.7]', **more):
        self.to(queue_id, rcpt, status, dsn, f'host {host} said: {reply} (in reply to RCPT TO command)', relay=host + ':25', **more)

    def expired(self, queue_id, sender):
        self.line('postfix/qmgr', f'{queue_id}: from=<{sender}>, status=expired, returned to sender')

    def removed(self, queue_id):
        self.line('postfix/qmgr', f'{queue_id}: removed')

    def mail(self, sender, rcpt, **more):
        """Accepted, delivered, gone."""
        queue_id = self.accept(sender, **more)
        self.sent(queue_id, rcpt)
        self.removed(queue_id)
        return queue_id

    def bounce(self, sender, rcpt, dsn, reply, **more):
        queue_id = self.accept(sender)
        self.said(queue_id, rcpt, 'bounced', dsn, reply, **more)
        self.removed(queue_id)
        return queue_id

    def text(self):
        return ''.join(line + '\n' for _, line in sorted(self.lines, key=lambda l: l[0])).encode()

    def write(self, path):
        path.write_bytes(self.text())
        return path
