-- The decisions of family/sendgate.yaml and family/campaigns/duvets.yaml, in SQL by hand: a second opinion on the rules in
-- docs/gates.md, and what a dry run is measured against. It reads the files that population.sql makes and writes the
-- columns of a dry run, sentences included. (Nobody here is in none of the files: all have events.)
--
-- Run one after the other: macros, facts, decide, evidence, write; to keep facts: macros, facts, keep; and to decide of
-- kept facts: macros, kept, decide, write.
--
-- Written to be quick as well: every table reads only the kinds of events that it is about, what happened since an
-- answer is counted in the same pass as all else about messages, the words of the evidence are found for who is sent to,
-- and kept tables let DuckDB know how large they are.
--
-- Times are epoch seconds; null is never, or unknown.

set TimeZone = 'UTC';
set variable out = 'by-hand.parquet';
set variable now = epoch(timestamp '2026-03-01 18:00:00');
create macro ago(days) as getvariable('now') - days * 86400;
create macro within_path(category, path) as category = path or starts_with(category, path || '/');

-- What sentences are made of. A time is written by its minute, an end by the first full minute at which it is over.
create macro moment_of(t) as strftime(make_timestamp((t * 1000000)::bigint), '%Y-%m-%d %H:%M UTC');
create macro end_of(t) as moment_of(ceil(t / 60) * 60);
create macro amount(x) as format('{:.2f}', floor(x * 100 + 0.5) / 100);
create macro counted(n, noun) as n || ' ' || noun || if(n = 1, '', 's');
create macro did(verb, n, first) as  -- the day that has begun counts
    case when n > 0 then verb || ' ' || counted(n, 'time') || ' in '
         || counted(floor((getvariable('now') - first) / 86400)::bigint + 1, 'day') end;
create macro put_in_the_cart(n, first) as
    case when n > 0 then 'put in the cart ' || counted(n, 'time') || ', first '
         || if(first > ago(1), 'less than a day', counted(floor((getvariable('now') - first) / 86400)::bigint, 'day'))
         || ' ago' end;
