-- Empties what a run works on.
DELETE FROM policy_delivery;
DELETE FROM policy_entry;
DELETE FROM policy_domain;
DELETE FROM policy_domain_day;
DELETE FROM policy_listing_now;
DELETE FROM policy_touched;
DELETE FROM policy_work;
