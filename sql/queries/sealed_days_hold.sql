-- No day is sealed while this transaction lasts (seal_day takes EXCLUSIVE).
LOCK TABLE sealed_day IN ROW SHARE MODE;
