"""The course: what students get is cleared of its solutions already."""

c = get_config()  # noqa: F821: nbgrader gives it

c.CourseDirectory.course_id = "monophotons"
c.ClearSolutions.enabled = False
c.Execute.timeout = 600  # seconds, for one cell
