-- What an operator added stays as it is while it is in force, and gives way only to an entry in force.
DELETE FROM policy_entry e
 USING suppression o
 WHERE o.recipient_hash = e.recipient_hash AND o.scope = e.scope AND o.origin IN ('manual', 'import')
   AND (o.state IN ('active', 'pending') OR e.state IN ('expired', 'released'));
