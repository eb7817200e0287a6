-- List the archives that break where the platform lacks symbols: what they need and do not define.
-- Weak references do not count: they may stay undefined. `references` says how the symbol is used: a stub can replace
-- a function that is only called.
-- Argument: SYMBOL...
WITH wanted AS (
    SELECT archive, name, count(*) AS members, list_sort(list_distinct(flatten(list("references")))) AS uses
    FROM symbols
    WHERE list_contains($symbols, name) AND place = 'undefined' AND binding <> 'weak'
    GROUP BY archive, name
), defined AS (
    SELECT DISTINCT archive, name FROM symbols WHERE list_contains($symbols, name) AND place <> 'undefined'
)
SELECT a.machine, a.package, a.path, w.name AS symbol, w.members, w.uses AS "references"
FROM wanted AS w
ANTI JOIN defined AS d ON d.archive = w.archive AND d.name = w.name
JOIN archives AS a ON a.archive = w.archive
ORDER BY a.machine, a.package, a.path, w.name
