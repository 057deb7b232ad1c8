-- What publishing keeps of its runs.
SELECT 1;
