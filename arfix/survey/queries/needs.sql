-- List the members that refer to a symbol without defining it, and how.
-- Argument: SYMBOL
SELECT a.machine, a.package, a.path, m.label AS member, s.version, s.binding, s.visibility, s."references"
FROM symbols AS s
JOIN members AS m USING (archive, member)
JOIN archives AS a USING (archive)
WHERE s.name = $symbol AND s.place = 'undefined'
ORDER BY a.machine, a.package, a.path, s.member, s.version
