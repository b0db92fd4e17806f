-- What is known of everybody, from people, events and the audience.

create temp view event as
    select
        person, kind, epoch("at") as "at", coalesce(brand, '') as brand, coalesce(channel, '') as channel, campaign,
        creative, coalesce(purpose, '') as purpose, coalesce(category, '') as category, coalesce(product, '') as product, price,
        coalesce(discount, 0) > 0 as discounted, detail
    from 'events.parquet'
    where "at" <= timestamp '2026-03-01 18:00:00';

-- People who withdrew sharing: what they do counts for its own brand only.
create temp table private as
    select person
    from event
    where kind in ('sharing_granted', 'sharing_withdrawn')
    group by person
    having max("at") filter (kind = 'sharing_withdrawn')
           >= coalesce(max("at") filter (kind = 'sharing_granted'), 0);

-- What harbor may see, for relevance, intent, recognition and risk.
create temp view seen as
    select *, brand = 'harbor' or (brand <> 'lumen' and person not in (from private)) as visible
    from event;

-- What is rare: permission, deliverability, service, and opened messages.
create temp table marks as
    select
        person,
        max("at") filter (kind = 'subscribed' and brand in ('harbor', '') and channel in ('email', '')) as subscribed,
        max("at") filter (kind = 'unsubscribed' and brand in ('harbor', '') and channel in ('email', ''))
            as unsubscribed,
        min("at") filter (kind = 'subscribed' and brand in ('harbor', '')) as joined,
        max("at") filter (kind = 'bounced' and detail = 'permanent' and channel in ('email', '')) as bounced,
        max("at") filter (kind = 'complained' and channel in ('email', '')) as complained_here,
        max("at") filter (kind = 'delivered' and channel in ('email', '')) as delivered,
        max("at") filter (kind = 'complained') as complained,
        max("at") filter (kind = 'returned') as returned,
        max("at") filter (kind = 'case_opened') as case_opened,
        max("at") filter (kind = 'case_closed') as case_closed,
        count(*) filter (kind = 'case_opened') as cases_opened,
        count(*) filter (kind = 'case_closed') as cases_closed,
        max("at") filter (kind = 'opened' and visible) as opened,
        max("at") filter (kind in ('opened', 'clicked', 'visited')) as responded
    from seen
    where kind in ('subscribed', 'unsubscribed', 'bounced', 'complained', 'delivered', 'returned', 'case_opened',
                   'case_closed', 'opened', 'clicked', 'visited')
    group by person;

-- moment, just_bought, price_protection, and who buys at a discount.
create temp table purchases as
    select
        person,
        max("at") as purchased,
        max("at") filter (product = 'product-0' and not within_path(category, 'home/candles') and "at" > ago(180))
            as bought_product,
        max("at") filter (within_path(category, 'home/bedding/duvets') and "at" > ago(30)) as bought_duvets,
        max("at") filter (within_path(category, 'home/bedding') and "at" > ago(30)) as bought_bedding,
        max(price) filter (product = 'product-0' and "at" > ago(60)) as paid,
        count(*) filter (visible) as bought,
        count(*) filter (visible and discounted) as bought_cheaper
    from seen
    where kind = 'purchased'
    group by person;

-- relevance, intent, fatigue.
create temp view signs as
    select
        person, kind, "at", creative, category, visible,
        product = 'product-0' as the_product,
        within_path(category, 'home/bedding') as bedding,
        within_path(category, 'home/bedding/duvets') or the_product as duvets,
        case kind when 'viewed' then 1 when 'searched' then 2 when 'carted' then 3 when 'clicked' then 2
                  when 'redeemed' then 4 when 'purchased' then 3 end as weight,
        kind in ('viewed', 'searched', 'carted') and "at" > ago(14) as recent
    from seen
    where kind in ('viewed', 'searched', 'carted', 'clicked', 'redeemed', 'purchased');

create temp table indications as
    select
        *,
        weight * pow(2, ("at" - getvariable('now')) / if(kind = 'purchased', 180 * 86400, 30 * 86400)) as evidence,
        kind in ('clicked', 'redeemed', 'purchased') as answer
    from signs
    where bedding or duvets or creative in ('duvet-hero-a', 'duvet-hero-b');

create temp table interest as
    select
        person,
        sum(evidence * case when the_product then 2 else 1 end) filter (duvets and visible) as evidence_duvets,
        sum(evidence) filter (bedding and visible) as evidence_bedding,
        sum(weight) filter (recent and duvets and visible) as interest_duvets,
        sum(weight) filter (recent and bedding and visible) as interest_bedding,
        max("at") filter (answer and (duvets or kind <> 'purchased' and creative = 'duvet-hero-a')) as answered_a,
        max("at") filter (answer and (bedding or kind <> 'purchased' and creative = 'duvet-hero-b')) as answered_b
    from indications
    group by person;

-- The latest answers: what counts below is what came after them.
create temp table answers as
    select person, delivered, opened, answered_a, answered_b, greatest(responded, purchased) as answered
    from marks
    full join purchases using (person)
    full join interest using (person);

-- duplicate, frequency, balance, unsubscribe_risk.
create temp table messages as
    select
        person,
        count(*) filter (kind = 'sent' and campaign = 'spring-duvets') as already_sent,
        max("at") filter (counts and channel = 'email' and "at" > ago(1)) as last_day,
        max("at", 3) filter (counts and "at" > ago(7)) as last_week,
        count(*) filter (counts and channel = 'email' and "at" > ago(1)) as in_a_day,
        count(*) filter (counts and "at" > ago(7)) as in_a_week,
        count(*) filter (counts and visible and "at" > ago(7)) as messages,
        count(*) filter (purpose = 'promotional' and "at" > ago(90)) as asks,
        count(*) filter (purpose = 'relationship' and "at" > ago(90)) as gives,
        count(*) filter (purpose = 'promotional' and "at" > coalesce(answered, 0)) as unanswered,
        count(*) filter (counts and visible and "at" > coalesce(opened, 0)) as unopened,
        count(*) filter (counts and creative = 'duvet-hero-a' and "at" > greatest(ago(180), answered_a)) as shown_a,
        count(*) filter (counts and creative = 'duvet-hero-b' and "at" > greatest(ago(180), answered_b)) as shown_b,
        count(*) filter (kind = 'bounced' and detail = 'transient' and channel in ('email', '')
                         and "at" > coalesce(delivered, 0)) as soft_bounces
    from (select *, kind = 'sent' and purpose <> 'transactional' as counts from seen)
    left join answers using (person)
    where kind in ('sent', 'bounced')
    group by person;

create temp table elsewhere as
    select
        person,
        max(interest) filter (not within_path(category, 'home/bedding/duvets')) as than_duvets,
        max(interest) filter (not within_path(category, 'home/bedding')) as than_bedding,
        -- Of equal interests the first by name is told.
        arg_min(category, row(-interest, category)) filter (not within_path(category, 'home/bedding/duvets')) as elsewhere_a,
        arg_min(category, row(-interest, category)) filter (not within_path(category, 'home/bedding')) as elsewhere_b
    from (
        select person, category, sum(weight) as interest
        from signs
        where recent and visible and category <> ''
        group by person, category
    )
    group by person;

-- All that is to be known of each row of the audience. Of kept facts (keep.sql) told_a and told_b are the words of the
-- evidence for each offer; here they are found for who is sent to (evidence.sql).
create temp view facts as
    with listed as (
        select file_row_number as row_number, person, row_number() over (partition by person order by file_row_number) as nth
        from read_parquet('audience.parquet', file_row_number = true)
    )
    select *, null::varchar as told_a, null::varchar as told_b
    from listed
    left join 'people.parquet' using (person)
    left join marks using (person)
    left join purchases using (person)
    left join interest using (person)
    left join messages using (person)
    left join elsewhere using (person)
    left join (select person, true as withdrew from private) using (person);

-- The words of the evidence for the offer of each row of a table (row_number, person, offer).
create macro evidence_for(chosen) as table
    select
        row_number,
        count(*) filter (kind = 'viewed') as viewed,
        min("at") filter (kind = 'viewed') as first_viewed,
        count(*) filter (kind = 'searched') as searched,
        min("at") filter (kind = 'searched') as first_searched,
        count(*) filter (kind = 'carted') as carted,
        min("at") filter (kind = 'carted') as first_carted,
        count(*) filter (kind = 'clicked') as clicked,
        min("at") filter (kind = 'clicked') as first_clicked,
        count(*) filter (kind = 'redeemed') as redeemed,
        min("at") filter (kind = 'redeemed') as first_redeemed,
        count(*) filter (kind = 'purchased') as purchased,
        min("at") filter (kind = 'purchased') as first_purchased,
        concat_ws(', ', did('viewed', viewed, first_viewed), did('searched', searched, first_searched),
                  put_in_the_cart(carted, first_carted), did('clicked', clicked, first_clicked),
                  did('redeemed', redeemed, first_redeemed), did('bought', purchased, first_purchased)) as told
    from query_table(chosen)
    join indications using (person)
    where if(offer = 'ten-percent', bedding, duvets) and visible and "at" > ago(180)
    group by row_number;
