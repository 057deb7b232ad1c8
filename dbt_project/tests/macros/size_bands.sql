-- Both sides of every border; a row that comes out is in the wrong band.
with pair as (
    select
        row.1 as followers,
        row.2 as expected
    from (
        select
            arrayJoin([
                (0, 'nano'),
                (9999, 'nano'),
                (10000, 'micro'),
                (99999, 'micro'),
                (100000, 'mid'),
                (499999, 'mid'),
                (500000, 'macro'),
                (999999, 'macro'),
                (1000000, 'mega'),
                (700000000, 'mega')
            ]) as row
    )
)

select *
from pair
where {{ size_band('followers') }} != expected
