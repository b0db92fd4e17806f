-- Keep the facts in a file. Who will be sent to is not known yet: the words of the evidence are found for everybody.

create temp view early as
    select row_number, person, 'early-duvets' as offer
    from facts;

create temp view percent as
    select row_number, person, 'ten-percent' as offer
    from facts;

copy (
    select facts.* replace (a.told as told_a, b.told as told_b)
    from facts
    left join evidence_for('early') a using (row_number)
    left join evidence_for('percent') b using (row_number)
    order by row_number
) to 'by-hand-facts.parquet' (compression zstd);
