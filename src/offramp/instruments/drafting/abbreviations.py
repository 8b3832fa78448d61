"""Words after which a full stop does not end a sentence, and words a sentence begins with."""

_ALWAYS = """
    adm al app approx apr arg art arts aug b.c c.f.r capt cf ch cir cl col comm cong dec dept dept’t
    dep't dist dr e.g ed eds encl est et ex exec exh f.3d f.r feb ff fig figs gen gov hon i.e ibid
    jan jul jun lt maj mar messrs mr mrs ms no nos nov nr oct op p para paras pp pres prof pt pts
    pub r reg regs rel rep rept res rev s sec secs sen sep sept sgt sr st stat subch subd subpara
    subpt supp sched tit v viz vol vols vs z.b bzw abs bspw ca d.h evtl ggf inkl lit max min resp
    sog u.a usw vgl
"""
_MAYBE = """
    a.m bros co corp d.c esq etc inc jr l.l.c llc llp l.p ltd n.a p.m ph.d s.a u.k u.n u.s u.s.a
    u.s.c
"""
_STARTERS = """
    a accordingly after all although an any as at before both but by each either every except
    failure for from he however i if in it its moreover neither no nobody nothing notwithstanding on
    once our provided section she should since some such that the their then there therefore these
    they this those thus to under unless until upon we when where whereas whether which while who
    with within you your
"""

ABBREVIATIONS = frozenset(_ALWAYS.split())
"""Never the end of a sentence, whatever follows: what they shorten stands before a name or a number."""

MAYBE_LAST = frozenset(_MAYBE.split())
"""May end a sentence: one ends here only where the next word is one that sentences begin with."""

STARTERS = frozenset(_STARTERS.split())
