# Row 47. Writes more files than anybody needs.

number = 0
while True:
    open(str(number), "w").close()
    number += 1

# <app>
