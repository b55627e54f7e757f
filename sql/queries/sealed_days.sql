-- The days whose deliveries are in the roll-ups by domain and sender.
SELECT day FROM sealed_day;
