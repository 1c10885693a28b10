"""Golden records: what one checkout's commands give, kept in a folder and compared with what another's give.

    python -m tests.golden make --tree CHECKOUT --to DIR --corpus ../shared/corpus
    python -m tests.golden compare DIR_OLD DIR_NEW
    python -m tests.golden compare-trees --base COMMIT --corpus ../shared/corpus

Nothing of the project is imported: tree.py runs a checkout's commands, and all that depends on where a checkout has
things is there. The clock is set, and every host but this machine refused, by hook/sitecustomize.py. What is made
of the corpus has its text: it belongs outside the repository.
"""
