"""The functions of `import arfix`, which the command line calls too.

`edits.py` has the verbs that edit one archive, `links.py` those that judge or repair a link, `sysroots.py` those that
apply recipes. The verbs with a folder of their own (`image`, `diff`, `diagnose`, `survey`) have their function there.
`values.py` has what methods of archives and members need from higher layers.

Nothing here prints, asks, or ends the process.
"""
