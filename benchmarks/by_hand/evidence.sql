-- On what evidence a message is sent.

create temp view sent as
    select row_number, person, offer
    from decided
    where outcome = 'send';

create temp table words as
    select row_number, told
    from evidence_for('sent');
