from graders.proctor import Exam, check

def world(exam: Exam) -> None:
    exam.services.fetch_patient.answers({"id": 7, "name": "Ada", "insurer": "H"}).takes(2)
    exam.services.fetch_appointments.answers([]).takes(3)
    exam.services.fetch_labs.answers([]).takes(3)
    exam.services.fetch_billing.answers({"open": 1}).takes(2)


@check("concurrency", points=3, hint="Start the calls first.")
async def test_the_page_takes_as_long(exam: Exam) -> None:
    """The page takes as long as its slowest chain."""
    reply = await exam.get("/patients/7/summary")
    exam.expect_status(reply, 200)
    exam.expect_took(reply, 4.0)
