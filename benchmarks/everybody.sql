-- The decisions of family/sendgate.yaml and family/campaigns/duvets.yaml, in SQL by hand: a second opinion on the rules in
-- docs/gates.md, and what a dry run is measured against. It reads the files that population.sql makes and writes the
-- columns of a dry run, sentences included. (Nobody here is in none of the files: all have events.)
--
-- Written to be quick as well: every table reads only the kinds of events that it is about, what happened since an
-- answer is counted in the same pass as all else about messages, the words of the evidence are found for who is sent to,
-- and kept tables let DuckDB know how large they are.
--
-- Times are epoch seconds; null is never, or unknown.

set TimeZone = 'UTC';
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

create temp table decided as
    with listed as (
        select file_row_number as row_number, person, row_number() over (partition by person order by file_row_number) as nth
        from read_parquet('audience.parquet', file_row_number = true)
    ),

    known as (
        select
            *,
            email is null as no_address,
            coalesce(withdrew, false) as is_private,
            coalesce(timezone, 'America/New_York') as zone,
            timezone(zone, to_timestamp(getvariable('now'))) as local_time,
            (coalesce(bought_cheaper, 0) + 1) / (coalesce(bought, 0) + 2) as discounts,
            case when is_private then 0 else coalesce(list_position(['member', 'silver', 'gold'], tier), 0) / 3 end
                as standing,
            round(coalesce(evidence_duvets, 0), 6) as relevance_a,
            round(coalesce(evidence_bedding, 0), 6) as relevance_b,
            (getvariable('now') - joined) / 86400 as tenure,
            coalesce(unopened, 0) = 0 and opened is null as nothing_to_open,
            round(1 / (1 + exp(-(
                -6.2126
                + case when tenure is null then 0 when tenure < 7 then 1.78 when tenure < 30 then 1.12
                       when tenure < 90 then 0.79 when tenure < 365 then 0.47 else 0 end
                + case when nothing_to_open then 0 when coalesce(unopened, 0) < 1 then 0.26 when unopened < 25 then 0
                       else -0.26 end
                + case when coalesce(messages, 0) < 4 then 0 when messages < 7 then 0.2 else 0.4 end))), 6) as risk,
            coalesce(nullif(concat_ws(', ',
                case when tenure is null then null when tenure < 7 then 'joined less than 7 days ago: +1.78'
                     when tenure < 30 then 'joined less than 30 days ago: +1.12'
                     when tenure < 90 then 'joined less than 90 days ago: +0.79'
                     when tenure < 365 then 'joined less than a year ago: +0.47' end,
                case when nothing_to_open then null when coalesce(unopened, 0) < 1 then 'opened the last message: +0.26'
                     when unopened >= 25 then 'left 25 or more messages unopened: -0.26' end,
                case when messages >= 7 then '7 or more messages in 7 days: +0.40'
                     when messages >= 4 then '4 to 6 messages in 7 days: +0.20' end), ''),
                'nothing out of the ordinary') as contributions
        from listed
        left join 'people.parquet' using (person)
        left join marks using (person)
        left join purchases using (person)
        left join interest using (person)
        left join messages using (person)
        left join elsewhere using (person)
        left join (select person, true as withdrew from private) using (person)
    ),

    asked as (
        select
            *,
            -- About the person
            coalesce(unsubscribed >= coalesce(subscribed, 0), false) as no_permission,
            subscribed is null and not no_permission as never_asked,
            coalesce(bounced > coalesce(subscribed, 0), false) as dead_address,
            coalesce(complained_here > coalesce(subscribed, 0), false) as complaint,
            coalesce(soft_bounces, 0) >= 2 as bounces_softly,
            coalesce(already_sent, 0) >= 1 as repeats,
            local_time::time >= time '21:00' or local_time::time < time '08:00' as quiet,
            last_day is not null as capped_day,
            len(last_week) = 3 as capped_week,
            coalesce(purchased + 3 * 86400 > getvariable('now'), false) as just_purchased,
            coalesce(returned + 7 * 86400 > getvariable('now'), false) as just_returned,
            coalesce(complained + 30 * 86400 > getvariable('now'), false) as just_complained,
            coalesce(cases_opened > cases_closed or case_opened > coalesce(case_closed, 0), false) as case_is_open,
            coalesce(youngest_child_age > 18, false) as grown_up,
            coalesce(unanswered, 0) >= 12 as ignored,
            coalesce(asks > greatest(gives, 1) * 8, false) as asks_too_much,
            risk > 0.008 as risky,
            ('0x' || left(sha256('sendgate' || chr(0) || person), 8))::uinteger / 4294967296 < 0.05 as control,
            given_name is null as nameless,
            -- About each offer
            coalesce(bought_product is not null or bought_duvets is not null, false) as bought_a,
            coalesce(round(paid, 6) > 129, false) as paid_more_a,
            relevance_a < 1 as irrelevant_a,
            coalesce(than_duvets >= 3 and than_duvets > 2 * coalesce(interest_duvets, 0), false) as distracted_a,
            coalesce(shown_a, 0) >= 2 as worn_a,
            round(risk * 6, 6) > round(0.011 * 2, 6) as not_worth_a,
            coalesce(tier = 'silver', false) as misfit_b,
            bought_bedding is not null as bought_b,
            relevance_b < 1 as irrelevant_b,
            coalesce(than_bedding >= 3 and than_bedding > 2 * coalesce(interest_bedding, 0), false) as distracted_b,
            coalesce(shown_b, 0) >= 2 as worn_b,
            round(risk * 6, 6) > round(0.011 * 1, 6) as not_worth_b,
            coalesce(tier = 'gold' and not is_private, false) as unrecognised_b,
            -- How the offers stand
            bought_a::int + paid_more_a::int + irrelevant_a::int + distracted_a::int + worn_a::int + not_worth_a::int
                + nameless::int as against_a,
            misfit_b::int + bought_b::int + irrelevant_b::int + distracted_b::int + worn_b::int + unrecognised_b::int
                + not_worth_b::int + nameless::int as against_b,
            least(against_a, against_b) > 0 as none_left,
            round(relevance_a * round(2 * (1 - discounts) * (1 + standing / 2), 6), 6) as rank_a,
            round(relevance_b * round(2 * discounts, 6), 6) as rank_b,
            case
                when none_left then against_b < against_a or against_b = against_a and relevance_b > relevance_a
                else against_b = 0 and (against_a > 0 or rank_b > rank_a)
            end as b
        from known
    ),

    reasons as (  -- the reason of each gate that blocks, else null
        select
            *,
            case when no_permission then 'permission.unsubscribed' when never_asked then 'permission.no_opt_in' end
                as permission,
            case when no_address then 'deliverability.no_address' when dead_address then 'deliverability.bounced'
                 when complaint then 'deliverability.complained'
                 when bounces_softly then 'deliverability.transient_bounces' end as deliverability,
            case when repeats then 'duplicate.already_sent' when nth > 1 then 'duplicate.earlier_in_audience' end
                as duplicate,
            case when quiet then 'quiet_hours.quiet' end as quiet_hours,
            case when capped_day or capped_week then 'frequency.cap_reached' end as frequency,
            -- The silence that lasts longest is told.
            case when just_complained then complained + 30 * 86400 else 0 end as complaint_ends,
            case when just_returned then returned + 7 * 86400 else 0 end as return_ends,
            case when case_is_open then 'moment.case_open'
                 when just_purchased and purchased + 3 * 86400 >= greatest(return_ends, complaint_ends)
                 then 'moment.after_purchase'
                 when just_returned and return_ends >= complaint_ends then 'moment.after_return'
                 when just_complained then 'moment.after_complaint' end as moment,
            case when grown_up or none_left and b and misfit_b then 'fit.contradicted' end as fit,
            case when not none_left then null
                 when not b and bought_product is not null then 'just_bought.product'
                 when if(b, bought_b, bought_a) then 'just_bought.category' end as just_bought,
            case when none_left and not b and paid_more_a then 'price_protection.paid_more' end as price_protection,
            case when none_left and if(b, irrelevant_b, irrelevant_a) then 'relevance.too_little_evidence' end as relevance,
            case when none_left and if(b, distracted_b, distracted_a) then 'intent.interest_elsewhere' end as intent,
            case when none_left and if(b, worn_b, worn_a) then 'fatigue.worn_out' end as fatigue,
            case when none_left and b and unrecognised_b then 'recognition.tier_not_recognised' end as recognition,
            case when ignored then 'balance.unanswered' when asks_too_much then 'balance.asks_without_gives' end as balance,
            case when risky then 'unsubscribe_risk.too_high'
                 when none_left and if(b, not_worth_b, not_worth_a) then 'unsubscribe_risk.not_worth_it' end
                as unsubscribe_risk,
            case when control then 'holdout.control_group' end as holdout,
            case when none_left and nameless then 'render.value_missing' end as render
        from asked
    ),

    concluded as (
        select
            *,
            coalesce(permission, deliverability, duplicate, fit, just_bought, price_protection, relevance, intent, fatigue,
                     recognition, balance, unsubscribe_risk, holdout, render) as drops,
            case when quiet then epoch(timezone(zone,
                date_trunc('day', local_time + interval 16 hours) + interval 8 hours)) end as night_ends,
            last_day + 86400 as day_ends,
            case when capped_week then last_week[3] + 7 * 86400 end as week_ends,
            coalesce(quiet_hours, frequency, moment) as defers,
            coalesce(drops, defers) as why,
            case when case_is_open then null else greatest(
                night_ends,
                day_ends,
                week_ends,
                case when just_purchased then purchased + 3 * 86400 end,
                case when just_returned then returned + 7 * 86400 end,
                case when just_complained then complained + 30 * 86400 end) end as free_again
        from reasons
    )

    select
        row_number,
        person,
        case when drops is not null then 'drop' when defers is not null then 'defer' else 'send' end as outcome,
        split_part(why, '.', 1) as gate,
        coalesce(why, 'passed') as reason,
        case coalesce(why, 'passed')
            when 'permission.unsubscribed' then 'unsubscribed on ' || moment_of(unsubscribed)
            when 'permission.no_opt_in' then 'never subscribed to this brand on this channel'
            when 'deliverability.no_address' then 'no valid address for email'
            when 'deliverability.bounced' then 'the address bounced for good on ' || moment_of(bounced)
            when 'deliverability.complained' then 'complained about a message on ' || moment_of(complained_here)
            when 'deliverability.transient_bounces' then
                counted(soft_bounces, 'transient bounce') || ' in a row, the limit is 2'
            when 'duplicate.already_sent' then
                'this campaign was sent to this person ' || counted(already_sent, 'time') || ' already'
            when 'duplicate.earlier_in_audience' then 'the person stands earlier in this audience'
            when 'quiet_hours.quiet' then 'quiet hours, 21:00 to 08:00 local time, end on ' || end_of(night_ends)
            when 'frequency.cap_reached' then
                case when capped_day and day_ends >= coalesce(week_ends, 0)
                     then counted(in_a_day, 'message') || ' on this channel in the last 1 day, the cap is 1; free again on '
                          || end_of(day_ends)
                     else counted(in_a_week, 'message')
                          || ' from the family in the last 7 days, the cap is 3; free again on ' || end_of(week_ends) end
            when 'moment.case_open' then 'a service case is open since ' || moment_of(case_opened)
            when 'moment.after_purchase' then
                'bought on ' || moment_of(purchased) || '; a promotion waits 3 days, until ' || end_of(purchased + 3 * 86400)
            when 'moment.after_return' then
                'returned something on ' || moment_of(returned) || '; a promotion waits 7 days, until ' || end_of(return_ends)
            when 'moment.after_complaint' then
                'complained on ' || moment_of(complained) || '; a promotion waits 30 days, until ' || end_of(complaint_ends)
            when 'fit.contradicted' then
                if(grown_up, 'youngest_child_age is ' || youngest_child_age
                             || ', the offer is for youngest_child_age at most 18',
                   'tier is silver, the offer is for tier not silver')
            when 'just_bought.product' then
                'bought this product on ' || moment_of(bought_product) || ', within the last 180 days'
            when 'just_bought.category' then
                'bought in this category on ' || moment_of(if(b, bought_bedding, bought_duvets)) || ', within the last 30 days'
            when 'price_protection.paid_more' then
                'paid ' || amount(paid) || ' for it within the last 60 days, the offer is 129.00'
            when 'relevance.too_little_evidence' then  -- down: 0.998 as 1.00 would not look too little
                'evidence of ' || amount(floor(if(b, relevance_b, relevance_a) * 100 + 1e-5) / 100)
                || ' that this is wanted, 1.00 is needed'
            when 'intent.interest_elsewhere' then
                'interest of ' || amount(if(b, than_bedding, than_duvets)) || ' in ' || if(b, elsewhere_b, elsewhere_a)
                || ' in the last 14 days, against ' || amount(coalesce(if(b, interest_bedding, interest_duvets), 0))
                || ' in this offer'
            when 'fatigue.worn_out' then
                'this creative was sent ' || counted(if(b, shown_b, shown_a), 'time')
                || ' in the last 180 days without an answer, the limit is 2'
            when 'recognition.tier_not_recognised' then 'a gold customer, and the offer does not say so'
            when 'balance.unanswered' then
                counted(unanswered, 'promotion') || ' since the last open, click, visit or purchase, the limit is 12'
            when 'balance.asks_without_gives' then
                counted(asks, 'promotion') || ' against ' || counted(gives, 'gift') || ' in the last 90 days'
            when 'unsubscribe_risk.too_high' then
                'risk of unsubscribing ' || amount(risk * 100) || ' %, at most 0.80 %: ' || contributions
            when 'unsubscribe_risk.not_worth_it' then
                '1,000 such messages would gain ' || if(b, '11.00', '22.00') || ' USD (1.10 % answer, worth '
                || if(b, '1.00', '2.00') || ' each) and cost ' || amount(risk * 6 * 1000) || ' USD in permission ('
                || amount(risk * 100) || ' % leave, 6.00 each): ' || contributions
            when 'holdout.control_group' then 'kept as control group, 5 % of the people'
            when 'render.value_missing' then 'the template needs person.given_name, which is missing'
        end as detail,
        case when drops is null and defers is not null
             then strftime(make_timestamp(ceil(free_again)::bigint * 1000000), '%Y-%m-%dT%H:%M:%SZ') end as until,
        if(b, 'ten-percent', 'early-duvets') as offer,
        if(b, relevance_b, relevance_a) as relevance,
        risk as unsubscribe_risk,
        nullif(concat_ws(';',
            split_part(permission, '.', 1), split_part(deliverability, '.', 1), split_part(duplicate, '.', 1),
            split_part(quiet_hours, '.', 1), split_part(frequency, '.', 1), split_part(moment, '.', 1),
            split_part(fit, '.', 1), split_part(just_bought, '.', 1), split_part(price_protection, '.', 1),
            split_part(concluded.relevance, '.', 1), split_part(intent, '.', 1), split_part(fatigue, '.', 1),
            split_part(recognition, '.', 1), split_part(balance, '.', 1),
            split_part(concluded.unsubscribe_risk, '.', 1), split_part(holdout, '.', 1), split_part(render, '.', 1)), '')
            as blocked_by
    from concluded;

-- On what evidence a message is sent.
create temp table words as
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
    from decided
    join indications using (person)
    where outcome = 'send' and if(offer = 'ten-percent', bedding, duvets) and visible and "at" > ago(180)
    group by row_number;

copy (
    select
        decided.* exclude (row_number)
            replace (if(outcome = 'send', coalesce(told, 'only signs of interest older than 180 days'), detail) as detail)
    from decided
    left join words using (row_number)
    order by row_number
) to 'by-hand.parquet' (compression zstd);
