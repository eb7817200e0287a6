-- List the members that define a symbol.
-- Argument: SYMBOL
SELECT a.machine, a.package, a.path, m.label AS member, s.version, s.place, s.binding, s.visibility, s.type, s.size
FROM symbols AS s
JOIN members AS m USING (archive, member)
JOIN archives AS a USING (archive)
WHERE s.name = $symbol AND s.place <> 'undefined'
ORDER BY a.machine, a.package, a.path, s.member, s.version
