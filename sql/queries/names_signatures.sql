-- The signatures there are, without the overflow ones, for the cap on their number.
SELECT signature_id FROM signature WHERE rule <> 'overflow';
