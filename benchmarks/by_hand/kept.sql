-- Facts that were kept (keep.sql), words and all.

set variable out = 'by-hand-again.parquet';

create temp view facts as
    from 'by-hand-facts.parquet';

create temp table words (row_number bigint, told varchar);
