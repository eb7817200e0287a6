-- List the archives that are stored inside archives, which no linker reads.
SELECT a.machine, a.package, a.path, m.label AS member, m.depth + 1 AS depth, m.size
FROM members AS m JOIN archives AS a USING (archive)
WHERE m.content IN ('archive', 'thin-archive')
ORDER BY a.machine, a.package, a.path, m.member
