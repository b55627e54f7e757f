-- What a log format's parser keeps between the lines of a node: who logged in, which delivery is whose (logs/kept.h). Moved
-- with the node, so that a log which is cut or read on later is understood like a whole one; '' is nothing.
ALTER TABLE node_state ADD COLUMN memory bytea NOT NULL DEFAULT '';

-- Recipients whose end is still to be told, where no line says that a message has left the queue (sendmail, Exchange); -1: all
-- of them had one. 0: such a line comes.
ALTER TABLE open_message ADD COLUMN awaited int NOT NULL DEFAULT 0;
