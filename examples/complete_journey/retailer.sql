-- The retailer's tables in sendgate's words. Departments stand for sister brands.

-- Campaigns that start from here on, and everything that happened, are left alone: they are for judging.
create macro judging() as timestamp '2017-08-08';

-- A slash inside a name would begin a new segment of the path: BREAD:ITALIAN/FRENCH becomes bread:italian+french.
create macro segment(name) as replace(lower(trim(name)), '/', '+');
create macro slug(name) as trim(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), '-');

-- A path of department, category and type, and the same without the type: the shelf.
create view goods as
select product_id, department, slug(department) as brand,
  concat_ws('/', segment(department), segment(product_category)) as shelf,
  concat_ws('/', shelf, case when product_category is not null then segment(product_type) end) as category,
  product_category is not null as has_shelf
from products;

-- A campaign speaks for the department that most of its coupons are for.
create view mailings as
select campaign_id, 'journey-' || campaign_id as name, cast(any_value(start_date) as timestamp) as starts,
  arg_max(brand, (weight, brand)) as brand
from (
  select campaign_id, start_date, brand, count(*) as weight
  from campaign_descriptions join coupons using (campaign_id) join goods using (product_id)
  where start_date < judging()
  group by all
)
group by campaign_id;

-- `sales_value` is what the retailer takes in; a coupon's maker pays part of it, so the customer paid less.
create view till as
select cast(household_id as varchar) as person, cast(transaction_timestamp as timestamp) as "at",
  brand, category, cast(product_id as varchar) as product, greatest(quantity, 1) as units,
  round(greatest(sales_value - coupon_disc, 0) / units, 4) as price,
  round((retail_disc + coupon_disc + coupon_match_disc) / units, 4) as discount,
  coupon_disc > 0 as with_coupon
from transactions join goods using (product_id)
where transaction_timestamp < judging();

-- A line on which a coupon took something off is a redemption, and the only record of one that names the goods.
-- Of the retailer's own list of redemptions the day is known: its last second, so that nobody sees one too early.
create view happened as
select person, 'purchased' as kind, "at", brand, category, product, price, discount from till
union all by name
select person, 'redeemed' as kind, "at", brand, category, product, price, discount from till where with_coupon
union all by name
select cast(household_id as varchar) as person, 'redeemed' as kind,
  cast(redemption_date as timestamp) + interval '86399 seconds' as "at",
  brand, name as campaign, cast(coupon_upc as varchar) as detail
from coupon_redemptions join mailings using (campaign_id) where redemption_date < judging()
union all by name
select cast(household_id as varchar) as person, 'sent' as kind, starts + interval '9 hours' as "at",
  brand, name as campaign, 'email' as channel, 'promotional' as purpose
from campaigns join mailings using (campaign_id);

create view recipients as
select distinct name, cast(household_id as varchar) as person
from campaigns join mailings using (campaign_id);

-- The coupons came by post; sendgate wants an address for its channel, so everybody gets one.
create view households as
select person, 'household-' || person || '@journey.example' as email, demographics.* exclude (household_id)
from (select person from till union select person from recipients)
left join demographics on person = cast(household_id as varchar);

create view coupon_products as
select distinct name, cast(product_id as varchar) as product from coupons join mailings using (campaign_id);

create view coupon_shelves as
select distinct name, shelf as category
from coupons join mailings using (campaign_id) join goods using (product_id) where has_shelf;

create view outcomes as
select name, cast(household_id as varchar) as person, count(*) as coupons
from coupon_redemptions join mailings using (campaign_id)
group by all;
