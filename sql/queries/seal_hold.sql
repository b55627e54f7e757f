-- While a day is sealed nobody adds facts (writers hold ROW SHARE for their transaction).
LOCK TABLE sealed_day IN EXCLUSIVE MODE;
