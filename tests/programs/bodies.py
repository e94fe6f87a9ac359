"""Bodies of a one-dimensional convolution with lists, dictionaries and loops that are left: right and wrong ones."""

BEGIN = """\
import numpy as np

def forward(x, w, s):
    n, K = x.shape[1], w.shape[2]
    m = (n - K) // s + 1
    y = np.zeros((1, m))
"""
END = "    return y\n"
WINDOW = "x[0, i * s : i * s + K] @ w[0, 0]"

LISTS = (
    """
rows = [[0.0]*m for _ in range(2)]
for i in range(m): rows[0][i] = WINDOW
y = np.array([rows[1]]) + np.array([rows[0]])
""",
    """
rows = [[0.0]*m]*2
for i in range(m): rows[0][i] = WINDOW
y = np.array([rows[1]])
""",
    """
rows = [[0.0]*m]*2
for i in range(m): rows[0][i] = WINDOW
y = np.array([rows[1]]) + np.array([rows[0]])
""",
    """
rows = [[0.0]*K]*m
for i in range(m):
    for k in range(K): rows[i][k] = x[0,i*s+k]
y = (np.array(rows) @ w[0,0])[None]
""",
    """
rows = [[0.0]*K for _ in range(m)]
for i in range(m):
    for k in range(K): rows[i][k] = x[0,i*s+k]
y = (np.array(rows) @ w[0,0])[None]
""",
    """
rows = [[0.0]*K for _ in range(m)]
for i in range(m):
    r = rows[i]
    for k in range(K): r[k] = x[0,i*s+k]
y = (np.array(rows) @ w[0,0])[None]
""",
    """
rows = [[0.0]*K for _ in range(m)]
for i, r in enumerate(rows):
    for k in range(K): r[k] = x[0,i*s+k]
y = (np.array(rows) @ w[0,0])[None]
""",
    """
rows = []
for i in range(m):
    r = [0.0]*K
    for k in range(K): r[k] = x[0,i*s+k]
    rows.append(r)
y = (np.array(rows) @ w[0,0])[None]
""",
    """
r = [0.0]*K
rows = []
for i in range(m):
    for k in range(K): r[k] = x[0,i*s+k]
    rows.append(r)
y = (np.array(rows) @ w[0,0])[None]
""",
    """
r = [0.0]*K
rows = []
for i in range(m):
    for k in range(K): r[k] = x[0,i*s+k]
    rows.append(list(r))
y = (np.array(rows) @ w[0,0])[None]
""",
    """
rows = [x[0,i*s:i*s+K].copy() for i in range(m)]
for r in rows: r *= 0
y = (np.array(rows) @ w[0,0])[None]
""",
    """
a = [0.0 for _ in range(m)]
y = np.array([a])
for i in range(m): y[0,i] += WINDOW
""",
    """
a = [0]*m
for k in range(K-1): a[0] += x[0,k]*0
y = np.array([a])
for i in range(m): y[0,i] = WINDOW
""",
    """
a = [None]*m
for i in range(m): a[i] = WINDOW
y = np.array(a)[None]
""",
    """
a = [None]*m
for i in range(1,m): a[i] = WINDOW
a[0] = x[0,:K] @ w[0,0]
y = np.array(a)[None]
""",
    """
a = [None]*m
for i in range(m):
    if a[i] is None: a[i] = 0.0
    a[i] += WINDOW
y = np.array(a)[None]
""",
    """
a = [None]*m
for i in range(m):
    a[i] = x[0,i*s:i*s+K]
a[0] = a[0] * 2
y = np.array([[v @ w[0,0] for v in a]])
""",
    """
a = [None]*m
for i in range(m):
    a[i] = x[0,i*s:i*s+K]
y = np.array([[a[i] @ w[0,0] for i in range(m)]])
""",
    """
a = [0.0]*m
for i in range(m):
    a[i] = WINDOW
    if i > 0: a[i] = a[i-1]
y = np.array([a])
""",
    """
a = [0.0]*m
for i in range(m): a[-1-i] = WINDOW
y = np.array([a])
""",
    """
a = [0.0]*m
c = a
for i in range(m): c[i] = WINDOW
y = np.array([a])
""",
    """
a = [0.0]*m
c = list(a)
for i in range(m): c[i] = WINDOW
y = np.array([a])
""",
    """
def dot(u, v):
    t = [0.0]*len(u)
    for k in range(len(u)): t[k] = u[k]*v[k]
    return sum(t)
for i in range(m): y[0,i] = dot(x[0,i*s:i*s+K], w[0,0])
""",
    """
def fill(t):
    for i in range(m): t[i] = WINDOW
a = [0.0]*m
fill(a)
y[0] = a
""",
    """
def fill(t):
    t = [0.0]*m
    for i in range(m): t[i] = WINDOW
a = [0.0]*m
fill(a)
y[0] = a
""",
    """
a = [[0.0]*m for _ in range(1)]
a[0] = [1.0]*m
for i in range(m): a[0][i] = WINDOW
y = np.array(a)
""",
    """
a = [0.0]*m
for i in range(m):
    a = [0.0]*m
    a[i] = WINDOW
y = np.array([a])
""",
    """
a = []
for i in range(m):
    a.append([])
    for k in range(K): a[-1].append(x[0,i*s+k]*w[0,0,k])
y = np.array([[sum(r) for r in a]])
""",
    """
a = []
for i in range(m):
    a.append([])
    for k in range(K): a[-1].append(x[0,i*s+k]*w[0,0,k])
a[0][0] = 0.0
y = np.array([[sum(r) for r in a]])
""",
    """
a = [x[0,i*s+0]*0 for i in range(m)]
for i in range(m):
    for k in range(K): a[i] = a[i] + x[0,i*s+k]*w[0,0,k]
y = np.array([a])
""",
    """
a = [x[0] for _ in range(m)]
for i in range(m):
    a[i][i*s] = 0
    y[0,i] = a[i][i*s:i*s+K] @ w[0,0]
""",
    """
a = [[x[0,i*s+k] for k in range(K)] for i in range(m)]
for r in a:
    for k in range(K): r[k] *= w[0,0,k]
y = np.array([[sum(r) for r in a]])
""",
)
DICTIONARIES = (
    """
d = {}
for i in range(m): d[i] = WINDOW
for i in range(m): y[0,i] = d[i]
""",
    """
d = {}
for i in range(m): d[0] = WINDOW
y[0,m-1] = d[0]
for i in range(m-1): y[0,i] = WINDOW
""",
    """
d = {}
for i in range(m): d[i] = WINDOW
for i in range(m+1): y[0,i] = d[i]
""",
    """
d = {}
for i in range(m):
    for k in range(K): d[i, k] = x[0,i*s+k]*w[0,0,k]
for i in range(m):
    for k in range(K): y[0,i] += d[i,k]
""",
    """
d = {}
for i in range(m):
    for k in range(K): d[i] = x[0,i*s+k]*w[0,0,k]
for i in range(m):
    y[0,i] += d[i]
""",
    """
d = {i: WINDOW for i in range(m)}
for i in d: y[0,i] = d[i]
""",
    """
d = {i: WINDOW for i in range(m)}
for i, v in d.items(): y[0,i] = v
""",
)
LEFT = (
    """
for i in range(m):
    for k in range(K): y[0,i] += x[0,i*s+k]*w[0,0,k]
    else: y[0,i] += 1
""",
    """
i = 0
while i < m:
    y[0,i] = WINDOW
    i += 1
else: y[0,0] += 1
""",
    """
i = 0
while i < m:
    y[0,i] = WINDOW
    i += 1
else: y[0,0] += 0
""",
    """
i = 0
while True:
    y[0,i] = WINDOW
    i += 1
    if i >= m: break
""",
    """
i = 0
while True:
    y[0,i] = WINDOW
    if i == m - 1: break
    i += 1
""",
    """
i = 0
while True:
    if i >= m: break
    y[0,i] = WINDOW
    i += 1
""",
    """
i = 0
while True:
    if i > m: break
    y[0,i] = WINDOW
    i += 1
""",
    """
i = 0
while i != m:
    y[0,i] = WINDOW
    i += 1
""",
    """
i = m
while i:
    i -= 1
    y[0,i] = WINDOW
""",
    """
i = 0
while True:
    y[0,i] = WINDOW
    if i == m: break
    i += 1
""",
    """
k = 0
while k < K:
    if k == 1:
        k += 1
        continue
    for i in range(m): y[0,i] += x[0,i*s+k]*w[0,0,k]
    k += 1
""",
    """
i = 0
for j in range(0, n, s):
    if j + K > n: break
    y[0,i] = x[0,j:j+K] @ w[0,0]
    i += 1
""",
    """
i = 0
for j in range(0, n, s):
    if j + K >= n: continue
    y[0,i] = x[0,j:j+K] @ w[0,0]
    i += 1
""",
    """
i = 0
for j in range(0, n, s):
    if j + K <= n:
        y[0,i] = x[0,j:j+K] @ w[0,0]
        i += 1
""",
    """
i = -1
for j in range(0, n, s):
    i += 1
    if j + K > n: continue
    y[0,i] = x[0,j:j+K] @ w[0,0]
""",
    """
i = 0
for j in range(0, n, s):
    i += 1
    if j + K > n: continue
    y[0,i] = x[0,j:j+K] @ w[0,0]
""",
    """
acc = 0
for i in range(m):
    for k in range(K):
        acc += x[0,i*s+k]*w[0,0,k]
        y[0,i] = acc
    acc = 0
""",
    """
acc = 0
for i in range(m):
    for k in range(K):
        acc += x[0,i*s+k]*w[0,0,k]
        y[0,i] = acc
""",
    """
for i in range(m):
    acc = 0
    for k in range(K):
        y[0,i] = acc
        acc += x[0,i*s+k]*w[0,0,k]
    y[0,i] = acc
""",
    """
for i in range(m):
    acc = 0
    for k in range(K):
        y[0,i] = acc
        acc += x[0,i*s+k]*w[0,0,k]
""",
    """
for i in range(m):
    a, c = 0, 0
    for k in range(K):
        a, c = a + x[0,i*s+k]*w[0,0,k], a
    y[0,i] = c
""",
)
