-- A family of brands and what happened to its customers in a year; written to people, events and audience.parquet.
--
-- Everything follows from row numbers by hashing, so that every run on every machine has the same figures. Kinds, people
-- and times are mixed within the file, as they are in a log: no reader gains from an order that a real file would lack.
--
-- Variables: `people`; `subscriptions` (rows, the first event of the first people); `happenings` (rows of all other kinds).

set variable now = timestamp '2026-03-01 18:00:00';

create macro draw(i, salt) as hash((i * 32 + salt)::bigint) / 18446744073709551616.0;
create macro customer(i) as (10000000 + i)::varchar;
create macro pick(i, salt, items) as items[1 + (draw(i, salt) * len(items))::bigint % len(items)];

copy (
    select
        customer(i) as person,
        case when draw(i, 0) < 0.98 then customer(i) || '@customers.example' end as email,
        case when draw(i, 1) < 0.9 then pick(i, 2, ['Ann', 'Bo', 'Chi', 'Dee', 'Eva', 'Finn', 'Gil']) end as given_name,
        case when draw(i, 3) < 0.95 then pick(i, 4, [
            'America/New_York', 'America/New_York', 'America/Chicago', 'America/Los_Angeles', 'Europe/London',
            'Europe/Berlin', 'Asia/Kolkata', 'Asia/Tokyo', 'Australia/Sydney']) end as timezone,
        case when draw(i, 5) < 0.6 then pick(i, 6, ['member', 'member', 'member', 'silver', 'gold']) end as tier,
        case when draw(i, 7) < 0.4 then (draw(i, 8) * 25)::integer end as youngest_child_age
    from range(getvariable('people')) series(i)
    where i % 500 <> 499  -- some are in no file of people
) to 'people.parquet' (compression zstd);

copy (
    with goods as (  -- 5,000 products in 40 categories; a product has one category
        select
            number,
            'product-' || number as product,
            (['home/bedding/duvets', 'home/bedding/pillows', 'home/bedding/linen', 'home/kitchen/pans', 'home/candles',
              'home/bath/towels', 'kids/toys', 'kids/clothes'])[1 + number % 8]
                || (['', '/classic', '/new', '/sale', '/outlet'])[1 + (number // 8) % 5] as category
        from range(5000) products(number)
    ), drawn as (
        select
            i,
            i < getvariable('subscriptions') as subscription,
            draw(i, 0) * 37 as kind,
            (draw(i, 1) * getvariable('people'))::bigint % getvariable('people') as someone,
            (5000 * pow(draw(i, 2), 2.5))::integer % 5000 as number  -- some products sell better
        from range(getvariable('subscriptions') + getvariable('happenings')) series(i)
    ), happened as (
        select
            i, number,
            customer(case when subscription then i else someone end) as person,
            case
                when subscription then 'subscribed'
                when kind < 20 then 'sent'
                when kind < 30 then 'viewed'
                when kind < 35 then 'purchased'
                when kind < 36.1 then 'opened'
                when kind < 36.4 then 'clicked'
                when kind < 36.6 then 'carted'
                when kind < 36.7 then 'searched'
                when kind < 36.76 then 'redeemed'
                when kind < 36.82 then 'returned'
                when kind < 36.88 then 'bounced'
                when kind < 36.93 then 'unsubscribed'
                when kind < 36.95 then 'sharing_withdrawn'
                when kind < 36.96 then 'case_opened'
                when kind < 36.965 then 'case_closed'
                when kind < 36.97 then 'complained'
                when kind < 36.98 then 'delivered'
                when kind < 36.985 then 'sharing_granted'
                else 'visited'
            end as kind,
            -- More of late, and a few later than the decision, which no fact may see.
            case when subscription then getvariable('now') - to_seconds(draw(i, 3) * 900 * 86400)
                 else getvariable('now') + to_seconds(86400 - pow(draw(i, 3), 1.2) * 366 * 86400)
            end as "at"
        from drawn
    )
    select
        person,
        kind,
        "at",
        case when kind = 'subscribed' then pick(i, 4, ['harbor', 'harbor', 'harbor', '', 'lumen'])
             else pick(i, 4, ['harbor', 'harbor', 'harbor', 'harbor-kids', 'lumen']) end as brand,
        case when kind in ('sent', 'delivered', 'bounced', 'opened', 'clicked', 'subscribed', 'unsubscribed')
             then pick(i, 5, ['email', 'email', 'email', 'email', 'email', 'sms']) end as channel,
        case when kind in ('sent', 'clicked', 'redeemed')
             then case when draw(i, 6) < 0.002 then 'spring-duvets' else 'campaign-' || (draw(i, 7) * 200)::integer end
        end as campaign,
        case when kind in ('sent', 'clicked', 'redeemed')
             then case when draw(i, 8) < 0.05 then pick(i, 9, ['duvet-hero-a', 'duvet-hero-b'])
                       else 'creative-' || (draw(i, 10) * 300)::integer end
        end as creative,
        case when kind = 'sent' then pick(i, 11, [
            'promotional', 'promotional', 'promotional', 'relationship', 'transactional']) end as purpose,
        case when kind in ('viewed', 'searched', 'carted', 'clicked', 'purchased', 'redeemed', 'returned')
             then category end as category,
        case when kind in ('viewed', 'carted', 'purchased', 'returned') then product end as product,
        case when kind = 'purchased' then round(10 + draw(i, 12) * 190, 2) end as price,
        case when kind = 'purchased' and draw(i, 13) < 0.3 then round(draw(i, 14) * 30, 2) end as discount,
        case when kind = 'bounced' then pick(i, 15, ['transient', 'transient', 'permanent']) end as detail
    from happened join goods using (number)
) to 'events.parquet' (compression zstd);

copy (  -- some rows mean a person who stands further up already
    select customer(case when i % 200 = 199 then i - 150 else i end) as person, 'list-' || i % 7 as segment
    from range(getvariable('people')) series(i)
) to 'audience.parquet' (compression zstd);
