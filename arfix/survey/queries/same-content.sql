-- List the objects that several archives share byte for byte, such as a vendored library, and their bytes.
-- Archives of equal content count once, and so do copies within one archive.
WITH places AS (
    SELECT archive, min(coalesce(package || ':', '') || path) AS place FROM archives GROUP BY archive
), copies AS (
    SELECT DISTINCT m.hash, m.size, m.name, m.machine, p.place
    FROM members AS m JOIN places AS p USING (archive)
    WHERE m.content IN ('elf-relocatable', 'coff', 'macho', 'wasm', 'llvm-bitcode', 'gcc-lto-slim') AND m.size > 0
), shared AS (
    SELECT hash, size, machine, min(name) AS name, list(DISTINCT place ORDER BY place) AS archives
    FROM copies
    GROUP BY hash, size, machine
    HAVING count(DISTINCT place) > 1
)
SELECT
    machine, count(*) AS members, sum(size)::BIGINT AS bytes,
    list_slice(list(name ORDER BY name), 1, 3) AS examples, archives
FROM shared
GROUP BY machine, archives
ORDER BY bytes DESC, machine, archives
