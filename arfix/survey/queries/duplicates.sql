-- List the archives that define the same symbols strongly, and so cannot be linked whole together.
-- Archives of equal content count once. Definitions that other objects cannot see (hidden, internal) count: within one
-- output they clash as well.
WITH definitions AS (
    SELECT DISTINCT s.machine, s.archive, s.name || coalesce('@' || s.version, '') AS symbol
    FROM symbols AS s
    WHERE s.place = 'defined' AND s.binding = 'global'
), places AS (
    SELECT archive, min(coalesce(package || ':', '') || path) AS place FROM archives GROUP BY archive
), repeated AS (
    SELECT d.machine, d.symbol, list(p.place ORDER BY p.place) AS archives
    FROM definitions AS d JOIN places AS p USING (archive)
    GROUP BY d.machine, d.symbol
    HAVING count(*) > 1
)
SELECT machine, count(*) AS symbols, list_slice(list(symbol ORDER BY symbol), 1, 3) AS examples, archives
FROM repeated
GROUP BY machine, archives
ORDER BY symbols DESC, machine, archives
