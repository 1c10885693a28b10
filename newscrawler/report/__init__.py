"""One self-contained HTML page about a dataset and its runs, for people to look at.

    figures = read_figures(data_dir, now)          # one pass over the finished files
    html = page(figures, read_ledger(data_dir, figures), now)

Nothing here changes a file. The page holds no script and names no other host: charts are SVG that pygal drew,
coloured by the page's own style sheet, and a Content-Security-Policy forbids the rest.
"""
