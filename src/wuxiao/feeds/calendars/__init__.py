"""Calendar files (iCalendar, RFC 5545): read what others send, write what people subscribe to.

Not the working calendar (`rules.calendar`), which says on which days offices work.
"""
