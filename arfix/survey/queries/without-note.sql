-- List the archives with objects that lack a note, such as ibt or gnu-stack.
-- Only objects whose machine knows the note count, and objects without code do too: linkers ask all of them.
-- Argument: NOTE
-- Choices: ibt, shstk, bti, pac, gcs, zicfilp, zicfiss, gnu-stack
WITH known (note, machines) AS (
    VALUES
        ('ibt', ['x86-64', 'i386']), ('shstk', ['x86-64', 'i386']),
        ('bti', ['aarch64']), ('pac', ['aarch64']), ('gcs', ['aarch64']),
        ('zicfilp', ['riscv64', 'riscv']), ('zicfiss', ['riscv64', 'riscv']),
        ('gnu-stack', NULL)
), asked AS (
    SELECT
        m.archive, m.label, m.member,
        CASE
            WHEN k.note = 'gnu-stack' THEN m.stack = 'missing'
            ELSE NOT list_contains(m.properties, k.note)
        END AS lacks
    FROM members AS m, known AS k
    WHERE
        k.note = $note AND m.content = 'elf-relocatable' AND m.depth = 0 AND m.problem IS NULL
        AND (k.machines IS NULL OR list_contains(k.machines, m.object_machine))
), counted AS (
    SELECT
        archive, count(*) AS objects, count(*) FILTER (WHERE lacks) AS lacking,
        list_slice(list(label ORDER BY member) FILTER (WHERE lacks), 1, 3) AS examples
    FROM asked
    GROUP BY archive
)
SELECT a.machine, a.package, a.path, c.lacking, c.objects, c.examples
FROM counted AS c JOIN archives AS a USING (archive)
WHERE c.lacking > 0
ORDER BY a.machine, a.package, a.path
