-- What this run found of listings is what the next one compares with.
DELETE FROM policy_listing o
 WHERE NOT EXISTS (SELECT FROM policy_listing_now n
                    WHERE (n.node_id, n.provider_id, n.blocklist, n.listed_item, n.from_at, n.to_at)
                        = (o.node_id, o.provider_id, o.blocklist, o.listed_item, o.from_at, o.to_at));
INSERT INTO policy_listing SELECT * FROM policy_listing_now ON CONFLICT DO NOTHING;
