# Row 55. The application is there, under another name.

# <app>

service = app
del app
