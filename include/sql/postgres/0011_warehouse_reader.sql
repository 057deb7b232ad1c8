-- What the warehouse reads live from Postgres: the credentials' events and coffee.
SELECT 1;
