"""The course; nbgrader gives `get_config`. What students get is cleared of solutions already."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "monophotons"
c.ClearSolutions.enabled = False
c.Execute.timeout = 600  # seconds, for one cell
