copy (
    select
        decided.* exclude (row_number)
            replace (if(outcome = 'send', coalesce(detail, told, 'only signs of interest older than 180 days'), detail) as detail)
    from decided
    left join words using (row_number)
    order by row_number
) to (getvariable('out')) (format parquet, compression zstd);
