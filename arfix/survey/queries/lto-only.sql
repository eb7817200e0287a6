-- List the archives with members that hold a compiler's intermediate code and no machine code.
SELECT a.machine, a.package, a.path, count(*) AS members, a.objects, min(m.content) AS content
FROM members AS m JOIN archives AS a USING (archive)
WHERE m.content IN ('gcc-lto-slim', 'llvm-bitcode') AND m.depth = 0
GROUP BY ALL
ORDER BY a.machine, a.package, a.path
