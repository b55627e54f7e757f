-- Makes one index of a day's partition, unless it is there.
--   $1 day date   $2 which text: recipient, message, queue
SELECT event_day_index($1, $2);
