-- Nothing is left to be told.
DELETE FROM hop_change;
