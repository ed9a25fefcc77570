"""What the web server loads in each of its processes: the application, in a process that ends when its parent does.

Without this, a web server killed outright would leave processes behind that keep the port and answer with old code.
"""

from wuxiao.site.drawer import lock_umask
from wuxiao.site.serve import end_with_parent

lock_umask()
end_with_parent()

from wuxiao.site.wsgi import application  # noqa: E402  the tie to the parent must come before anything slow

__all__ = ["application"]
