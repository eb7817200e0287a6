-- List for each archive whether it can be linked whole into an executable, a PIE and a shared object.
-- An archive is judged by itself: symbols that it needs from elsewhere do not count.
SELECT
    machine, package, path,
    len(blocked_exe) = 0 AS exe, len(blocked_pie) = 0 AS pie, len(blocked_shared) = 0 AS shared,
    list_sort(list_distinct(list_concat(blocked_exe, list_concat(blocked_pie, blocked_shared)))) AS blocked_by
FROM archives
WHERE blocked_exe IS NOT NULL AND objects > 0
ORDER BY machine, package, path
