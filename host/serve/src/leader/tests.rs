//! Electors against an API server that is slow, loses answers and deletes nothing by itself, each
//! with a clock of its own speed.

use proptest::prelude::*;

use super::*;

fn seconds(it: f64) -> Duration {
    Duration::from_secs_f64(it)
}

/// The Lease as a server keeps it.
#[derive(Debug, Default)]
struct Server {
    record: Option<Record>,
    writes: u64,
}

impl Server {
    fn answer(&mut self, me: &str, ask: &Ask) -> Answer {
        let mut write = |record: &mut Option<Record>| {
            self.writes += 1;
            let (holder, version) = (me.to_owned(), self.writes.to_string());
            let new = Record { holder, duration: Timing::default().duration, version };
            *record = Some(new.clone());
            Answer::Written(new)
        };
        match (ask, &mut self.record) {
            (Ask::Get, Some(record)) => Answer::Found(record.clone()),
            (Ask::Get, None) => Answer::Absent,
            (Ask::Create, record @ None) => write(record),
            (Ask::Replace { version, .. }, record)
                if record.as_ref().is_some_and(|it| it.version == *version) =>
            {
                write(record)
            }
            _ => Answer::Conflict,
        }
    }
}

/// One that wants to lead, and its clock.
struct Candidate {
    elector: Elector,
    /// How fast its clock runs, and what it showed at the beginning.
    speed: f64,
    offset: f64,
    /// When it does something next, by the true time.
    next: f64,
    /// What it waits for: what it asked, when by its clock, and what the server has answered.
    waits: Option<(Ask, Duration, Option<Answer>)>,
}

impl Candidate {
    fn clock(&self, now: f64) -> Duration {
        seconds(self.offset + now * self.speed)
    }
}

/// What happens to a request: how long it is under way in each direction, and whether it, or its
/// answer, is lost.
#[derive(Debug, Clone, Copy)]
struct Fate {
    there: f64,
    back: f64,
    lost: bool,
    answer_lost: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    let delay = prop_oneof![8 => 0.001..0.2, 2 => 0.2..8.0];
    (delay.clone(), delay, prop::bool::weighted(0.1), prop::bool::weighted(0.15))
        .prop_map(|(there, back, lost, answer_lost)| Fate { there, back, lost, answer_lost })
}

fn candidates(speeds: &[(f64, f64)]) -> Vec<Candidate> {
    let one = |(nth, (speed, offset)): (usize, &(f64, f64))| Candidate {
        elector: Elector::new(&format!("c{nth}"), Timing::default()),
        speed: *speed,
        offset: *offset,
        next: nth as f64 * 0.3,
        waits: None,
    };
    speeds.iter().enumerate().map(one).collect()
}

/// Who leads at this time.
fn leaders(candidates: &[Candidate], now: f64) -> Vec<usize> {
    let leads = |it: &Candidate| it.elector.leads(it.clock(now));
    candidates.iter().enumerate().filter(|(_, it)| leads(it)).map(|it| it.0).collect()
}

/// Lets the candidates ask, in steps of the true time; a request reaches the server in the middle
/// of its way. Gives how often somebody led; an error where two did.
fn run(candidates: &mut [Candidate], fates: &[Fate]) -> Result<usize, String> {
    let (mut server, mut led) = (Server::default(), 0);
    // What is under way to the server: when it arrives, whose it is, and its fate.
    let mut under_way: Vec<(f64, usize, Fate)> = Vec::new();
    let mut fates = fates.iter().cycle();
    let (mut now, step) = (0.0, 0.05);
    while now < 300.0 {
        now += step;
        under_way.sort_by(|a, b| a.0.total_cmp(&b.0));
        while let Some(&(at, nth, fate)) = under_way.first().filter(|it| it.0 <= now) {
            under_way.remove(0);
            let it = &mut candidates[nth];
            let Some((ask, _, answer)) = &mut it.waits else { continue };
            if fate.lost {
                (*answer, it.next) = (Some(Answer::Failed), at + 5.0);
                continue;
            }
            let came = server.answer(&format!("c{nth}"), ask);
            let late = fate.answer_lost;
            *answer = Some(if late { Answer::Failed } else { came });
            it.next = at + if late { 5.0 } else { fate.back };
        }
        for (nth, it) in candidates.iter_mut().enumerate() {
            if it.next > now {
                continue;
            }
            let clock = it.clock(now);
            match it.waits.take() {
                Some((ask, sent, Some(answer))) => {
                    it.elector.answered(sent, clock, answer);
                    let pause = it.elector.pause(&ask, clock);
                    it.next = now + pause.as_secs_f64() / it.speed;
                }
                Some(waiting) => it.waits = Some(waiting),
                None => match it.elector.ask(clock) {
                    Ask::Wait => it.next = now + 2.0,
                    ask => {
                        let fate = *fates.next().expect("there are fates");
                        under_way.push((now + fate.there, nth, fate));
                        it.waits = Some((ask, clock, None));
                    }
                },
            }
        }
        let leaders = leaders(candidates, now);
        if leaders.len() > 1 {
            return Err(format!("at {now:.2}: {leaders:?} lead"));
        }
        led += leaders.len();
    }
    Ok(led)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// 10 s of the slowest clock are less than 15 s of the fastest.
    #[test]
    fn never_do_two_lead(
        speeds in prop::collection::vec((0.85..1.15, 0.0..1000.0), 2..5),
        fates in prop::collection::vec(fate(), 1..200),
    ) {
        let led = run(&mut candidates(&speeds), &fates);
        prop_assert!(led.is_ok(), "{:?}", led);
    }
}

#[test]
fn somebody_leads_nearly_always_where_nothing_is_lost() {
    let good = Fate { there: 0.01, back: 0.01, lost: false, answer_lost: false };
    let led = run(&mut candidates(&[(1.0, 0.0), (1.0, 500.0), (1.02, 3.0)]), &[good]);
    assert!(led.as_ref().is_ok_and(|it| *it > 5_900), "{led:?} of 6000 looks");
}

#[test]
fn clocks_beyond_the_margin_would_be_seen_to_fail() {
    let (good, late) = (
        Fate { there: 0.01, back: 0.01, lost: false, answer_lost: false },
        Fate { there: 0.01, back: 0.01, lost: true, answer_lost: false },
    );
    // The first stops being heard; its clock is four times as slow as that of the second.
    let fates: Vec<_> = (0..9).map(|_| good).chain((0..4).map(|_| late)).chain([good]).collect();
    let mut both = candidates(&[(0.5, 0.0), (2.0, 0.0)]);
    assert!(run(&mut both, &fates).is_err(), "the test sees what it looks for");
}

/// What is asked after each answer, one second after the other.
#[track_caller]
fn check(answers: &[Answer], want: &[Ask], leads: bool) {
    let mut elector = Elector::new("me", Timing::default());
    let mut asked = vec![elector.ask(Duration::ZERO)];
    let mut now = Duration::ZERO;
    for answer in answers {
        elector.answered(now, now, answer.clone());
        now += Duration::from_secs(1);
        asked.push(elector.ask(now));
    }
    assert_eq!(asked, want);
    assert_eq!(elector.leads(now), leads);
}

fn record(holder: &str, version: &str) -> Record {
    let (holder, version) = (holder.to_owned(), version.to_owned());
    Record { holder, duration: Duration::from_secs(2), version }
}

fn replace(version: &str, taken: bool) -> Ask {
    Ask::Replace { version: version.to_owned(), taken }
}

#[test]
fn what_is_absent_is_made_and_renewed_without_looking() {
    let made = Answer::Written(record("me", "1"));
    let renewed = Answer::Written(record("me", "2"));
    let want = [Ask::Get, Ask::Create, replace("1", false), replace("2", false)];
    check(&[Answer::Absent, made, renewed], &want, true);
}

#[test]
fn what_another_holds_is_waited_for() {
    let other = || Answer::Found(record("other", "1"));
    check(&[other()], &[Ask::Get, Ask::Wait], false);
    check(&[other(), other()], &[Ask::Get, Ask::Wait, replace("1", true)], false);
    let renewed = Answer::Found(record("other", "2"));
    check(&[other(), renewed], &[Ask::Get, Ask::Wait, Ask::Wait], false);
}

#[test]
fn what_was_released_is_taken_at_once() {
    check(&[Answer::Found(record("", "7"))], &[Ask::Get, replace("7", true)], false);
}

#[test]
fn what_another_has_taken_is_lost_at_once() {
    let mine = Answer::Written(record("me", "1"));
    let other = Answer::Found(record("other", "2"));
    let want = [Ask::Get, Ask::Create, replace("1", false), Ask::Get, Ask::Wait];
    check(&[Answer::Absent, mine, Answer::Conflict, other], &want, false);
}

#[test]
fn what_may_have_been_written_does_not_lead() {
    let mine = Answer::Found(record("me", "1"));
    let want = [Ask::Get, Ask::Create, Ask::Get, replace("1", false)];
    check(&[Answer::Absent, Answer::Failed, mine], &want, false);
}

#[test]
fn leading_ends_by_itself_counted_from_what_was_sent() {
    let mut elector = Elector::new("me", Timing::default());
    let at = Duration::from_secs;
    elector.answered(at(100), at(104), Answer::Written(record("me", "1")));
    assert!(elector.leads(at(109)) && !elector.leads(at(110)));
    assert_eq!(elector.leads_until(), Some(at(110)));
    assert_eq!(elector.resign(), Some("1".to_owned()));
    assert!(!elector.leads(at(105)));
    assert_eq!(Elector::new("other", Timing::default()).resign(), None);
}

#[test]
fn what_a_killed_leader_held_is_taken_when_its_time_has_passed() {
    let mut server = Server::default();
    let mut turn = |elector: &mut Elector, me: &str, second: u64| {
        let now = Duration::from_secs(second);
        let ask = elector.ask(now);
        if ask != Ask::Wait {
            elector.answered(now, now, server.answer(me, &ask));
        }
        elector.pause(&ask, now);
        elector.leads(now)
    };
    let mut killed = Elector::new("killed", Timing::default());
    let mut other = Elector::new("other", Timing::default());
    for second in 0..=30 {
        let leads = turn(&mut killed, "killed", second);
        assert!(leads || second == 0, "at {second}");
        assert!(!turn(&mut other, "other", second), "at {second}");
    }
    // It says nothing any more, and releases nothing.
    let taken = (31..1_000).find(|it| turn(&mut other, "other", *it)).expect("some time");
    assert!((45..=49).contains(&taken), "at {taken}");
    assert!(!killed.leads(Duration::from_secs(taken)), "two lead");
}
