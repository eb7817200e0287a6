-- List what got better and worse since another survey: archives that came, went, or are ready for other targets.
-- Archives are matched by machine, the name of their package without its version, and path.
-- Argument: DIR2
WITH old_state AS (
    SELECT
        machine, coalesce(split_part(package, '_', 1), '') AS package, path, archive,
        list_sort(list_distinct(list_concat(blocked_exe, list_concat(blocked_pie, blocked_shared)))) AS blocked
    FROM other_archives
), new_state AS (
    SELECT
        machine, coalesce(split_part(package, '_', 1), '') AS package, path, archive,
        list_sort(list_distinct(list_concat(blocked_exe, list_concat(blocked_pie, blocked_shared)))) AS blocked
    FROM archives
), old_rules AS (
    SELECT archive, rule, count(*) AS findings FROM other_findings WHERE severity <> 'info' GROUP BY archive, rule
), new_rules AS (
    SELECT archive, rule, count(*) AS findings FROM findings WHERE severity <> 'info' GROUP BY archive, rule
), both_sides AS (
    SELECT
        coalesce(n.machine, o.machine) AS machine, coalesce(n.package, o.package) AS package,
        coalesce(n.path, o.path) AS path, o.archive AS old_archive, n.archive AS new_archive,
        o.blocked AS old_blocked, n.blocked AS new_blocked
    FROM old_state AS o
    FULL JOIN new_state AS n ON n.machine = o.machine AND n.package = o.package AND n.path = o.path
), rules AS (
    SELECT machine, package, path, rule, sum(old_findings)::BIGINT AS old_count, sum(new_findings)::BIGINT AS new_count
    FROM (
        SELECT b.machine, b.package, b.path, r.rule, r.findings AS old_findings, 0 AS new_findings
        FROM both_sides AS b JOIN old_rules AS r ON r.archive = b.old_archive
        WHERE b.new_archive IS NOT NULL
        UNION ALL
        SELECT b.machine, b.package, b.path, r.rule, 0 AS old_findings, r.findings AS new_findings
        FROM both_sides AS b JOIN new_rules AS r ON r.archive = b.new_archive
        WHERE b.old_archive IS NOT NULL
    ) AS counts
    GROUP BY machine, package, path, rule
)
SELECT 'added' AS change, machine, package, path, '' AS what, NULL AS before, NULL AS after
FROM both_sides WHERE old_archive IS NULL
UNION ALL
SELECT 'removed', machine, package, path, '', NULL, NULL
FROM both_sides WHERE new_archive IS NULL
UNION ALL
SELECT CASE WHEN new_count > old_count THEN 'worse' ELSE 'better' END, machine, package, path, rule, old_count, new_count
FROM rules WHERE new_count <> old_count
ORDER BY change, machine, package, path, what
