-- What has been applied, in order: migrations by number, and as number 0 the digest of the policy's default rows.
SELECT version, name, digest FROM schema_migration
UNION ALL
SELECT 0, 'policy_defaults', value FROM setting WHERE name = 'policy_defaults'
ORDER BY 1;
