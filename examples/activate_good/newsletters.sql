-- The log in sendgate's words. Of each recipient and newsletter it says whether it was opened within a week, clicked,
-- and whether the recipient was gone from the list afterwards; when exactly, it does not say.

create view log as
select cast(recipient_id as varchar) as person, cast(newsletter_id as integer) as newsletter,
  'newsletter-' || newsletter_id as campaign, sent_at_utc as "at", opened_within_week = 1 as opened, clicked = 1 as clicked, left_list_after = 1 as gone
from sends join newsletters using (newsletter_id);

-- Whoever is there from the first newsletter on joined nobody knows when; others joined just before their first one.
create view joined as
select person, min("at") - interval 1 minute as "at" from log group by person having min(newsletter) > 0;

-- An opening within a week happens on the same day mostly. Whoever is gone by the next newsletter left in between.
create view happened as
select *, 'activate' as brand from (
select person, 'sent' as kind, "at", campaign, 'email' as channel, 'relationship' as purpose from log
union all by name
select person, 'opened' as kind, "at" + interval 6 hour as "at", campaign, 'email' as channel from log where opened or clicked
union all by name
select person, 'clicked' as kind, "at" + interval 7 hour as "at", campaign, 'email' as channel from log where clicked
union all by name
select person, 'unsubscribed' as kind, "at" + interval 1 day as "at", campaign, 'email' as channel from log where gone
union all by name
select person, 'subscribed' as kind, "at", null as campaign, 'email' as channel from joined
);

create view recipients as
select distinct person, 'recipient-' || person || '@activate.example' as email, 'America/New_York' as timezone from log;
